import { type Act, contentDigest, readActBody } from '@meterbook/core/event'
import { type ActEffect, projectAct } from '@meterbook/core/projection'
import { type ClickHouseClient, readEventStates } from '@meterbook/db/clickhouse'
import { type Pool, type ProjectionGroup, readBatches, readContents } from '@meterbook/db/postgres'
import type { CatalogueCache } from './catalogue-cache.ts'
import { sha256 } from './identify.ts'

/**
 * What the act that this group consists of changes. To be called when everything before it is written, because it reads what became of
 * its targets; rows of the act itself, from a try that was cut short, are not looked at.
 */
export async function prepareAct(
  stores: { pool: Pool; clickhouse: ClickHouseClient; catalogues: CatalogueCache },
  group: ProjectionGroup,
): Promise<{ act: Act; effects: ActEffect[] }> {
  const { shard, first } = group
  const [batch] = await readBatches(stores.pool, { shard, first, last: first })
  if (batch === undefined) throw new Error(`journal shard ${shard}: expected an act at ${first}`)
  const { appId } = batch
  const act = readActBody(batch.body)
  const states = await readEventStates(stores.clickhouse, { shard, appId, before: first, places: act.targets })
  const places = act.targets.map((target, index) => {
    if (target.event !== undefined) return { batch: first, pos: index }
    return states[index]?.content ?? target
  })
  const contents = await readContents(stores.pool, { shard, places })
  const outcomes = projectAct({
    act,
    projector: await stores.catalogues.at(group.catalogueRevision),
    states,
    contents: contents.map((content, index) => {
      const place = places[index]
      if (content === null || place === undefined) return null
      return { event: content.event, digest: contentDigest({ ...content.event, app: appId }, sha256), place }
    }),
  })
  return { act, effects: outcomes.filter((each) => each.outcome === 'effective') }
}
