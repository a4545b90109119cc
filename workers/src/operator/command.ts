import type { ParseArgsOptionsConfig } from 'node:util'
import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import type { Pool } from '@meterbook/db/postgres'
import type { ProgressState } from './progress.ts'
import type { StoreUrls } from './store-urls.ts'

/** What a command ends with: all is well; something is not; it could not tell. */
export const EXIT = { well: 0, wrong: 1, failed: 2 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The stores of the installation, opened when first asked for and closed by whoever runs the command. */
export interface OperatorStores {
  urls: StoreUrls
  pool: Pool
  clickhouse: ClickHouseClient
}

export interface CommandContext {
  stores(): OperatorStores
  /** A line of the answer. */
  print(line: string): void
  /** A line on the way to it, for whoever waits; never part of the answer. */
  tell(line: string): void
  /** How far a long piece of work is, as often as one likes; never part of the answer. */
  progress(state: ProgressState): void
  isJson: boolean
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}

export interface Command {
  name: string
  /** One line for the list of commands. */
  summary: string
  /** What --help prints. */
  help: string
  options: ParseArgsOptionsConfig
  /** How many words it takes beside its options; none if absent. */
  wordsMax?: number
  run(context: CommandContext, values: Record<string, unknown>, words: string[]): Promise<ExitCode>
}

/** For JSON.stringify: numbers that a double may not hold, as text. */
export function textOfBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

/** The operator asked for something that does not exist or contradicts itself; the message says what was expected. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault'
}
