import { type Difference, scopeKey } from '@meterbook/core/reconciliation'
import { CLAIM_SLICES } from '@meterbook/db/clickhouse'
import {
  type Incident,
  listOpenIncidents,
  readFrontiers,
  recordIncidents,
  resolveIncidents,
} from '@meterbook/db/postgres'
import { generationOf, type LookDeps } from './look.ts'
import { lookAtGroups } from './look-at-groups.ts'
import { lookAtLedger } from './look-at-ledger.ts'
import { lookAtRollups, stretchesOf } from './look-at-rollups.ts'
import { lookAtStatements } from './look-at-statements.ts'
import { lookAtClaims, lookAtRepeatedClaims, lookAtStrays } from './look-at-strays.ts'

const INCIDENTS_MAX = 500
/** Looks in one go, for what is new must not wait long; the others are first in line the next time, and a whole round resolves many. */
const LOOKS_MAX = 10
const HOUR_MICROS = 3_600_000_000n

/**
 * Looks again where incidents are open, those first that were not looked at for longest. What is still there is marked as seen, what is
 * gone as resolved; what cannot be judged now stays as it is. Returns how many were resolved.
 */
export async function recheckIncidents(deps: LookDeps): Promise<number> {
  const places = new Map<string, Incident[]>()
  for (const incident of await listOpenIncidents(deps.pool, { limit: INCIDENTS_MAX })) {
    const place = placeOf(incident)
    places.set(place, [...(places.get(place) ?? []), incident])
  }
  let resolved = 0
  for (const incidents of [...places.values()].slice(0, LOOKS_MAX)) {
    const generation = await generationOf(deps)
    const found = await lookWhere(deps, incidents)
    if (found === null || (await generationOf(deps)) !== generation) continue
    const keys = new Set(found.map(scopeKey))
    await recordIncidents(deps.pool, found)
    const gone = incidents.filter((incident) => !keys.has(scopeKey(incident)))
    resolved += await resolveIncidents(
      deps.pool,
      gone.map(({ id }) => id),
    )
  }
  return resolved
}

/** Incidents that one look can tell of. */
function placeOf(incident: Difference): string {
  const { what, figure } = incident
  if (what === 'event_identity')
    return figure === 'repeated' ? 'repeated claims' : figure === 'stray' ? 'strays' : 'claims'
  if (figure === 'stray') return 'strays'
  if (what === 'statement' || what === 'statement_export') return `statements ${incident.spaceId}`
  if (what === 'ledger_entry') return `ledger ${incident.shard} ${incident.hour} ${incident.appId}`
  if (what === 'rollup_minute' || what === 'rollup_hour') return `rollups ${incident.hour} ${incident.appId}`
  return `group ${incident.shard} ${incident.first}`
}

/** What differs there now; null if that cannot be told. */
async function lookWhere(deps: LookDeps, incidents: readonly Incident[]): Promise<Difference[] | null> {
  const [incident] = incidents
  if (incident === undefined) return []
  const { shard, first, last, hour, appId } = incident
  const place = placeOf(incident)
  if (place === 'strays') return lookAtStrays(deps)
  if (place === 'claims') return lookAtClaims(deps)
  if (place === 'repeated claims') {
    const found: Difference[] = []
    for (let slice = 0; slice < CLAIM_SLICES; slice += 1) found.push(...(await lookAtRepeatedClaims(deps, slice)))
    return found
  }
  if (incident.what === 'statement' || incident.what === 'statement_export') {
    return lookAtStatements(deps, incident.spaceId)
  }
  if (incident.what === 'ledger_entry') {
    if (hour === null || shard === null) return null
    const look = await lookAtLedger(deps, { shard, appId, from: hour, to: hour + HOUR_MICROS })
    return look.undecided > 0 ? null : look.differences
  }
  if (hour !== null && shard === null) {
    const [stretch] = await stretchesOf(deps, { appId, from: hour, to: hour + HOUR_MICROS })
    if (stretch === undefined) return []
    const look = await lookAtRollups(deps, stretch)
    return look.undecided > 0 ? null : look.differences
  }
  if (shard === null || first === null || last === null) return null
  const closed = (await readFrontiers(deps.pool)).find((each) => each.shard === shard)?.closed ?? 0n
  // A rebuild has not come that far yet.
  if (last > closed) return null
  const found: Difference[] = []
  for await (const look of lookAtGroups(deps, { shard, after: first - 1n, through: last })) {
    found.push(...look.differences)
  }
  return found
}
