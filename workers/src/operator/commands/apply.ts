import fs from 'node:fs'
import os from 'node:os'
import readline from 'node:readline/promises'
import { defaultShardCount, SHARD_COUNT_MAX } from '@meterbook/core/catalogue'
import { type CataloguePlan, type PlanStep, planCatalogue } from '@meterbook/core/catalogue-file'
import { instantFromMs } from '@meterbook/core/kernel'
import type { Pool } from '@meterbook/db/postgres'
import {
  actTogether,
  beginAct,
  CatalogueRefused,
  followPlan,
  readCatalogueFile,
} from '@meterbook/db/postgres/catalogue-acts'
import { type PlacedFault, type ReadCatalogue, readCatalogueYaml } from '../catalogue-yaml.ts'
import { type Command, type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'
import { planLines } from './apply-lines.ts'

const FILE_BYTES_MAX = 20_000_000
/** Whoever has the operator's command line; the portal's people have names. */
const ACTOR = { actorId: null, requestId: null }

export const applyCommand: Command = {
  name: 'apply',
  summary: 'make the catalogue as a file says: spaces, apps, meters, prices, subscriptions, entitlements',
  help: `npm run meterbook -- apply FILE [--dry-run] [--yes] [--reason TEXT] [--json]

Reads a catalogue from YAML or JSON, prints what has to be done, asks, and does it: all of it in one transaction, or nothing. What the
file lists is made so, what it does not list stays. Nothing is deleted: what is no more has an end, or is archived. Versions of meters and
prices are added, never edited. Applied twice, the second time changes nothing.

Each line of the plan begins with + (is made) or ~ (changes, with what it was). What is so already is counted as unchanged.

  FILE           the catalogue; its form is described in docs/catalogue.md and, for editors, in docs/catalogue.schema.json
  --dry-run      print the plan and do nothing
  --yes          do it without asking
  --reason TEXT  kept in the audit log with every act
  --json         one JSON object; needs --dry-run or --yes
  --help         these lines

Exit: 0 the catalogue is as the file says, 1 it is not (--dry-run, or not agreed to), 2 the file cannot be applied.`,
  wordsMax: 1,
  options: { 'dry-run': { type: 'boolean' }, yes: { type: 'boolean', short: 'y' }, reason: { type: 'string' } },
  run,
}

async function run(context: CommandContext, values: Record<string, unknown>, [file]: string[]): Promise<ExitCode> {
  if (file === undefined) throw new UsageFault('expected the file of a catalogue')
  const isDry = values['dry-run'] === true
  const isAgreed = values.yes === true
  if (context.isJson && !isDry && !isAgreed) throw new UsageFault('expected --dry-run or --yes with --json')
  const read = readCatalogueYaml(readText(file))
  if (!read.ok) return sayFaults(context, { file, faults: read.faults })
  const { pool } = context.stores()
  const plan = planCatalogue({ current: await readCatalogueFile(pool), desired: read.file })
  if (!plan.ok) return sayFaults(context, { file, faults: plan.faults.map(read.place) })
  const { steps, unchanged, unlisted } = plan
  const summary = { create: countOf(steps, 'create'), change: countOf(steps, 'change'), unchanged }
  if (!context.isJson) for (const line of planLines(plan, instantFromMs(Date.now()))) context.print(line)
  const isDone = steps.length === 0
  const shallDo = !(isDone || isDry) && (isAgreed || (await isConfirmed(context, steps.length)))
  if (shallDo) await applyOrSay(pool, { read, plan, reason: typeof values.reason === 'string' ? values.reason : null })
  const ok = isDone || shallDo
  if (context.isJson) {
    const listed = steps.map(({ at: _, ...step }) => step)
    context.print(JSON.stringify({ ok, applied: shallDo, ...summary, unlisted: unlisted.length, steps: listed }))
  } else if (shallDo) context.print(`applied: ${summary.create} made, ${summary.change} changed`)
  else if (!isDone) context.print('not applied')
  return ok ? EXIT.well : EXIT.wrong
}

interface Applying {
  read: Extract<ReadCatalogue, { ok: true }>
  plan: Extract<CataloguePlan, { ok: true }>
  reason: string | null
}

async function applyOrSay(pool: Pool, applying: Applying): Promise<void> {
  try {
    await apply(pool, applying)
  } catch (error) {
    throw error instanceof CatalogueRefused ? new UsageFault(`nothing was done: ${error.message}`) : error
  }
}

/** In one transaction, and only if the plan is still what was shown. */
async function apply(pool: Pool, { read, plan, reason }: Applying): Promise<void> {
  await actTogether(pool, async (tx) => {
    await beginAct(tx)
    const again = planCatalogue({ current: await readCatalogueFile(tx), desired: read.file })
    if (!again.ok || JSON.stringify(again.steps) !== JSON.stringify(plan.steps)) {
      throw new CatalogueRefused(
        'conflict',
        'expected the catalogue that the plan was made for, found that it changed meanwhile: look at the plan again',
      )
    }
    await followPlan(tx, {
      steps: plan.steps,
      shardCount: shardCount(process.env.METERBOOK_SHARDS),
      by: { ...ACTOR, reason },
    })
  })
}

function readText(file: string): string {
  try {
    if (fs.statSync(file).size > FILE_BYTES_MAX)
      throw new UsageFault(`expected a file of at most ${FILE_BYTES_MAX} bytes`)
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new UsageFault(`expected a file that can be read, found ${code} of ${file}`)
  }
}

function sayFaults(context: CommandContext, { file, faults }: { file: string; faults: PlacedFault[] }): ExitCode {
  if (context.isJson) context.print(JSON.stringify({ ok: false, applied: false, faults }))
  else for (const { line, column, message } of faults) context.print(`${file}:${line}:${column} ${message}`)
  return EXIT.failed
}

async function isConfirmed({ tell }: CommandContext, steps: number): Promise<boolean> {
  if (!process.stdin.isTTY) {
    tell('expected --yes where nobody can be asked')
    return false
  }
  const terminal = readline.createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(`Do these ${steps} things? (yes/no) `)).trim().toLowerCase() === 'yes'
  } finally {
    terminal.close()
  }
}

function countOf(steps: readonly PlanStep[], op: PlanStep['op']): number {
  return steps.filter((step) => step.op === op).length
}

/** As `npm start` decides it. */
function shardCount(text: string | undefined): number {
  if (!text) return defaultShardCount(os.availableParallelism())
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= SHARD_COUNT_MAX) return count
  throw new UsageFault(`METERBOOK_SHARDS must be a number from 1 to ${SHARD_COUNT_MAX}, not ${JSON.stringify(text)}`)
}
