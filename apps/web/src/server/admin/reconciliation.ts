import { formatInstant } from '@meterbook/core/kernel'
import {
  type Incident,
  listApps,
  listIncidents,
  type Pool,
  readReconciliationHealth,
  readReconciliationRound,
  readSpaces,
  readVerification,
} from '@meterbook/db/postgres'

const INCIDENTS_MAX = 500

/** What repairs a difference, in words: nothing repairs itself. */
const HEALS: Record<Incident['what'], string> = {
  event_index: 'The index of events differs from the journal. `meterbook rebuild` makes it anew from the journal.',
  event_identity: 'The identities differ from the journal. `meterbook rebuild` makes them anew.',
  usage_records:
    'Usage records differ from what measuring the journal again gives. `meterbook rebuild` makes them anew.',
  rollup_minute:
    'The rollup by minute does not add up to the records. `meterbook rebuild` makes it anew; money does not read it.',
  rollup_hour:
    'The rollup by hour does not add up to the records. `meterbook rebuild` makes it anew; money does not read it.',
  ledger_entry:
    'Posted entries differ from the usage records. Once the records are right, settlement posts the difference by itself as an adjustment.',
  statement:
    'The lines of an issued statement do not add up to its entries. Neither may be changed: verify the ledger, and restore what was touched from a backup.',
  statement_export:
    'The files of a statement do not add up to its lines. Do not hand them out; verify the ledger, and look for an entry whose parts are not its amount.',
  ledger_chain: 'A ledger cannot be repaired. Restore it from a backup, and keep this one as evidence.',
  audit_chain: 'An audit log cannot be repaired. Restore it from a backup, and keep this one as evidence.',
  journal_seal: 'The journal is not what was sealed. Restore it from a backup, and keep this one as evidence.',
}

/** How far the comparison of everything with everything is, what it found, and when the chains were verified. */
export async function readReconciliation(pool: Pool) {
  const [health, round, verification, incidents] = await Promise.all([
    readReconciliationHealth(pool),
    readReconciliationRound(pool),
    readVerification(pool),
    listIncidents(pool, { limit: INCIDENTS_MAX }),
  ])
  const apps = new Map((await listApps(pool, null)).map(({ id, slug }) => [id, slug]))
  const spaces = await readSpaces(
    pool,
    incidents.map(({ spaceId }) => spaceId),
  )
  return {
    openIncidents: health.openIncidents,
    lookedAt: textOf(health.lookedAt),
    waitingBatches: health.waitingBatches.toString(),
    round: { number: round.round.toString(), phase: round.phase, events: round.events.toString() },
    last: { completedAt: textOf(health.completedAt), events: health.completedEvents.toString() },
    verification: { begunAt: textOf(verification.begunAt), completedAt: textOf(verification.completedAt) },
    incidents: incidents.map((incident) => ({
      id: incident.id,
      what: incident.what,
      figure: incident.figure,
      shard: incident.shard,
      first: incident.first?.toString() ?? null,
      last: incident.last?.toString() ?? null,
      app: apps.get(incident.appId) ?? (incident.appId || null),
      space: spaces.get(incident.spaceId)?.slug ?? null,
      meter: incident.meter || null,
      hour: textOf(incident.hour),
      expected: incident.expected,
      found: incident.found,
      difference: incident.difference,
      positions: incident.positions,
      openedAt: formatInstant(incident.openedAt),
      lastSeenAt: formatInstant(incident.lastSeenAt),
      resolvedAt: textOf(incident.resolvedAt),
      heal: HEALS[incident.what],
    })),
  }
}

function textOf(instant: bigint | null): string | null {
  return instant === null ? null : formatInstant(instant)
}
