// The operator's command line: `npm run meterbook -- <command>`.
// Promises: exit 0 only when all is well, 1 when something is not, 2 when it could not tell; --help on each, --json for machines.
// Does not know: what a command does; it finds the stores, and closes them whatever happens.
import { parseArgs } from 'node:util'
import { createClickHouse } from '@meterbook/db/clickhouse'
import { createPool } from '@meterbook/db/postgres'
import { type Command, type CommandContext, EXIT, type ExitCode, type OperatorStores, UsageFault } from './command.ts'
import { COMMANDS } from './command-list.ts'
import { createProgress } from './progress.ts'
import { findStores } from './store-urls.ts'

const CONNECTIONS_MAX = 4

const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<ExitCode> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(overview())
    return name === undefined ? EXIT.failed : EXIT.well
  }
  const command = COMMANDS.find((each) => each.name === name)
  if (command === undefined) {
    console.error(`expected a command, found ${JSON.stringify(name)}\n\n${overview()}`)
    return EXIT.failed
  }
  return runCommand(command, rest)
}

async function runCommand(command: Command, args: string[]): Promise<ExitCode> {
  let opened: OperatorStores | null = null
  const isJson = args.includes('--json')
  const progress = createProgress(process.stderr)
  try {
    const { values, words } = read(command, args)
    if (values.help === true) {
      console.log(command.help)
      return EXIT.well
    }
    const context: CommandContext = {
      stores: () => {
        opened ??= openStores()
        return opened
      },
      print: (line) => {
        progress.clear()
        console.log(line)
      },
      tell: (line) => {
        progress.clear()
        if (!isJson) console.error(line)
      },
      progress: (state) => {
        if (!isJson) progress.show(state)
      },
      isJson,
      signal: stop.signal,
    }
    return await command.run(context, values, words)
  } catch (error) {
    progress.clear()
    const message = describe(error)
    if (isJson) console.log(JSON.stringify({ ok: false, error: message }))
    else console.error(`${command.name}: ${message}`)
    return EXIT.failed
  } finally {
    await close(opened)
  }
}

function read(command: Command, args: string[]): { values: Record<string, unknown>; words: string[] } {
  const { name, wordsMax = 0 } = command
  const seeHelp = `see npm run meterbook -- ${name} --help`
  try {
    const options = { ...command.options, help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const
    const parsed = parseArgs({ args, options, strict: true, allowPositionals: wordsMax > 0 })
    if (parsed.positionals.length <= wordsMax) return { values: parsed.values, words: parsed.positionals }
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ')
    throw new UsageFault(`${sentence}: ${seeHelp}`)
  }
  throw new UsageFault(`expected at most ${wordsMax} words after ${name}, found more: ${seeHelp}`)
}

function openStores(): OperatorStores {
  const urls = findStores(process.env)
  return {
    urls,
    pool: createPool({ url: urls.postgres.url, connectionsMax: CONNECTIONS_MAX, name: 'meterbook-operator' }),
    clickhouse: createClickHouse(urls.clickhouse.url),
  }
}

async function close(stores: OperatorStores | null): Promise<void> {
  if (stores !== null) await Promise.allSettled([stores.pool.end(), stores.clickhouse.close()])
}

/** What may be said of an error: the words of a store may quote what it holds, so of those only their kind. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return `failed with a ${typeof error}`
  const { code, type } = error as { code?: unknown; type?: unknown }
  if (typeof type === 'string') return `ClickHouse answered ${type}`
  if (typeof code === 'string') return `a store answered ${code}${code.startsWith('E') ? `: ${error.message}` : ''}`
  return error.message || error.name
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  return [
    'npm run meterbook -- <command> [--help] [--json]',
    '',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'The stores are those of DATABASE_URL, CLICKHOUSE_URL and REDIS_URL, or else of the Meterbook that runs in METERBOOK_HOME',
    '(default .meterbook/ in the checkout). Exit: 0 all is well, 1 something is not, 2 it could not tell.',
  ].join('\n')
}
