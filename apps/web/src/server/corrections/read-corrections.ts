import { readActBody } from '@meterbook/core/event'
import { countEffects } from '@meterbook/db/clickhouse'
import {
  type CorrectionSight,
  findCorrections,
  isCorrectionInSight,
  listCorrections,
  type NamedApp,
  readBatches,
  readRevisions,
  readShardReach,
  readSpaces,
  type StoredCorrection,
} from '@meterbook/db/postgres'
import type { EventSight, EventStores } from '../events/event-sight.ts'
import { meterUnits } from '../events/meter-units.ts'
import { projectorAt } from '../events/projector-at.ts'
import { CorrectionRefused } from './asked-correction.ts'
import { correctionText } from './correct.ts'
import { Effect } from './effect.ts'
import { workOut } from './work-out.ts'

/** Up to so many targets we work out again what each of them came to; of more, only how many changed. */
const WORKED_OUT_MAX = 5_000

/** The corrections in sight, newest first. `after`: the id of the last one seen. */
export async function readCorrections(
  stores: EventStores,
  input: {
    sight: EventSight
    correctionSight: CorrectionSight
    app?: NamedApp | undefined
    after?: string | undefined
    limit: number
  },
) {
  const { sight, correctionSight, app, limit } = input
  const [last] = input.after === undefined ? [] : await findCorrections(stores.pool, [input.after])
  if (input.after !== undefined && (last === undefined || !isCorrectionInSight(last, correctionSight))) {
    throw new CorrectionRefused('not_found', 'No such correction')
  }
  const rows = await listCorrections(stores.pool, {
    ...correctionSight,
    appId: app?.id,
    limit: limit + 1,
    before: last,
  })
  const page = rows.slice(0, limit)
  return {
    corrections: page.map((row) => correctionText(row, sight.apps)),
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  }
}

/** One correction and what it did: read from what it wrote, and worked out again from what it found. */
export async function readCorrection(
  stores: EventStores,
  input: { sight: EventSight; correctionSight: CorrectionSight; id: string },
) {
  const [correction] = await findCorrections(stores.pool, [input.id])
  const app = input.sight.apps.find(({ id }) => id === correction?.appId)
  if (correction === undefined || app === undefined || !isCorrectionInSight(correction, input.correctionSight)) {
    throw new CorrectionRefused('not_found', 'No such correction')
  }
  const text = correctionText(correction, input.sight.apps)
  const { projected } = await readShardReach(stores.pool, correction.shard)
  if (projected < correction.last) {
    const rowsBefore = (correction.first > projected ? correction.first - projected - 1n : 0n).toString()
    return { ...text, state: 'waiting' as const, rowsBefore }
  }
  const effective = await countEffects(stores.clickhouse, { ...correction, appId: app.id })
  if (correction.targetCount > WORKED_OUT_MAX) return { ...text, state: 'done' as const, effective, effect: null }
  const effect = await effectOf(stores, { app, correction })
  const spaces = await readSpaces(stores.pool, effect.spaceIds)
  return {
    ...text,
    state: 'done' as const,
    effective,
    effect: effect.texts({ spaces, visibleSpaceId: input.sight.spaceId }),
  }
}

async function effectOf(
  stores: EventStores,
  { app, correction }: { app: NamedApp; correction: StoredCorrection },
): Promise<Effect> {
  const { shard, first, last } = correction
  const batches = await readBatches(stores.pool, { shard, first, last })
  const revisions = await readRevisions(stores.pool, { shard, numbers: batches.map(({ number }) => number) })
  const effect = new Effect(await meterUnits(stores.pool))
  for (const { number, body } of batches) {
    const revision = revisions.get(number)
    if (revision === undefined) throw new Error(`expected a group for journal row ${number} of shard ${shard}`)
    const projector = await projectorAt(stores.pool, revision)
    effect.add(app, await workOut(stores, { app, act: readActBody(body), projector, before: number }))
  }
  return effect
}
