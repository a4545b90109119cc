// A program, started by server.ts as a process of its own: the genuine ClickHouse HTTP server out of the library that npm brings.
// Promises: it serves until it gets SIGTERM, then ends cleanly with code 0; it ends with 1 when it cannot serve.
// Does not know who its users are or what they store: that is in the config file it is given.
//
// Arguments: <libchdb> <data folder> <scratch folder> <port> <config file>
//
// The library exports `chdb_query_cmdline`, which is the program `clickhouse local`. That program can open the server's
// listeners by a statement (SYSTEM START LISTEN HTTP). It works through its queries files in turn; the second one is a
// FIFO that we hold open, so it blocks there, serving, until we let go of it.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DataType, load, open } from 'ffi-rs'

const [library = '', dataDir = '', scratchDir = '', port = '', configFile = ''] = process.argv.slice(2)

fs.mkdirSync(scratchDir, { recursive: true, mode: 0o700 })
for (const left of fs.readdirSync(scratchDir)) fs.rmSync(path.join(scratchDir, left), { force: true })
const startFile = path.join(scratchDir, 'start.sql')
const stopFile = path.join(scratchDir, 'stop.sql')
const holdFile = path.join(scratchDir, 'hold')
fs.writeFileSync(startFile, 'SYSTEM START LISTEN HTTP;\n')
fs.writeFileSync(stopFile, 'SYSTEM STOP LISTEN HTTP;\n')
execFileSync('mkfifo', ['-m', '600', holdFile])
// For reading and writing: the opening of a FIFO for one of them alone waits for the other side.
const hold = fs.openSync(holdFile, fs.constants.O_RDWR)

const args = [
  'clickhouse',
  `--config-file=${configFile}`,
  '--log-level=warning', // the logger's level in the config file is not heeded by this program
  `--path=${dataDir}`,
  `--http_port=${port}`,
  '--listen_host=127.0.0.1',
  `--queries-file=${startFile}`,
  `--queries-file=${holdFile}`,
  `--queries-file=${stopFile}`,
]
open({ library: 'chdb', path: library })
const served = load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [args.length, args],
  runInNewThread: true,
}) as unknown as Promise<unknown>

let isAsked = false
void stopOnSignal()
try {
  await served
} catch (error) {
  process.stderr.write(`${error}\n`)
  process.exit(1)
}
// It also comes back, without an error, when it could not start at all: its words are on standard error.
process.exit(isAsked ? 0 : 1)

/** ClickHouse sets signal handlers of its own while it starts, over ours: ours have to come last, once it serves. */
async function stopOnSignal(): Promise<void> {
  while (!(await answersPing())) await pause(20)
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isAsked) return
      isAsked = true
      fs.closeSync(hold)
    })
  }
}

async function answersPing(): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/ping`, { headers: { connection: 'close' } })
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false // not yet
  }
}
