import type { Command } from './command.ts'
import { applyCommand } from './commands/apply.ts'
import { archive } from './commands/archive.ts'
import { closeCommand } from './commands/close.ts'
import { completionCommand } from './commands/completion.ts'
import { cost } from './commands/cost.ts'
import { doctor } from './commands/doctor.ts'
import { events } from './commands/events.ts'
import { exportCommand } from './commands/export.ts'
import { keyCommand } from './commands/key.ts'
import { rebuild } from './commands/rebuild.ts'
import { reconcile } from './commands/reconcile.ts'
import { statement } from './commands/statement.ts'
import { trace } from './commands/trace.ts'
import { usage } from './commands/usage.ts'
import { verify } from './commands/verify.ts'
import { whatIfCommand } from './commands/what-if.ts'

/** Every command, in the order in which they are listed. */
export const COMMANDS: readonly Command[] = [
  applyCommand,
  rebuild,
  reconcile,
  verify,
  exportCommand,
  archive,
  closeCommand,
  keyCommand,
  whatIfCommand,
  events,
  usage,
  cost,
  statement,
  trace,
  doctor,
  completionCommand(() => COMMANDS),
]
