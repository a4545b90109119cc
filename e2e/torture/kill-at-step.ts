// Loaded into web and workers before their own code by the torture run: ends (or freezes) the process at a step of its pipeline.
// Promises: one order, one death; without METERBOOK_TORTURE_FILE it does nothing, and without this module nobody listens to the steps.
// Does not know: what the steps do.
import { subscribe } from 'node:diagnostics_channel'
import fs from 'node:fs'

const file = process.env.METERBOOK_TORTURE_FILE

if (file !== undefined) {
  subscribe('meterbook:step', (step) => {
    const order = readOrder(file)
    if (order === null || order.step !== step || !take(file)) return
    process.kill(process.pid, order.signal)
  })
}

/** The file holds `<step> <signal>`; most of the time there is none. */
function readOrder(path: string): { step: string; signal: string } | null {
  try {
    const [step = '', signal = ''] = fs.readFileSync(path, 'utf8').split(' ')
    return { step, signal }
  } catch {
    return null
  }
}

/** Several processes may stand at the step: the rename is for one of them, and says which. */
function take(path: string): boolean {
  try {
    fs.renameSync(path, `${path}.${process.pid}`)
    return true
  } catch {
    return false
  }
}
