// Loaded into web, workers and emitter before their own code: they run in process groups of their own, so that a terminal's
// Ctrl-C does not reach them out of order, and would otherwise outlive a parent that was killed outright.
const lookMs = 250
const drainMs = 15_000

const parent = Number(process.env.METERBOOK_PARENT)

const timer = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(timer)
  process.kill(process.pid, 'SIGTERM') // the ordinary, graceful way
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), drainMs).unref()
}, lookMs).unref()
