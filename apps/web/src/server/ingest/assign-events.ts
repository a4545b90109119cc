import { type EventError, type KeyHolder, type ReadEvent, scopeFault, type UsageEvent } from '@meterbook/core/event'
import type { IngestDependencies } from './dependencies.ts'

/** The events of one request for one app: they become one journal row. `indexes`: into the request's events. */
export type AppEvents = { app: { id: string; shard: number }; indexes: number[] }

export type Assignment = {
  groups: AppEvents[]
  /** Errors of each event that is not taken, by its index; malformed ones and those that the key must not send. */
  refused: Map<number, EventError[]>
}

/**
 * Decides for each event which app it is for. Who pays comes from the credential: an app's key sends for that app and no
 * other; only a platform service's key may name one.
 */
export async function assignEvents(
  events: readonly ReadEvent[],
  key: KeyHolder,
  resolveApp: IngestDependencies['resolveApp'],
): Promise<Assignment> {
  const groups = new Map<string, AppEvents>()
  const refused: Assignment['refused'] = new Map()
  const named = new Map<string, { id: string; shard: number } | null>()
  for (const event of events) {
    if (!event.ok) {
      refused.set(event.index, event.errors)
      continue
    }
    const name = event.event.app
    // One look-up for each app of the request, not for each event.
    if (key.app === null && name !== null && !named.has(name)) named.set(name, await resolveApp(name))
    const app = key.app ?? (name === null ? null : (named.get(name) ?? null))
    const error = forbidden(event.event, key, app !== null)
    if (error !== undefined || app === null) {
      refused.set(event.index, error === undefined ? [] : [error])
      continue
    }
    const group = groups.get(app.id)
    if (group) group.indexes.push(event.index)
    else groups.set(app.id, { app, indexes: [event.index] })
  }
  return { groups: [...groups.values()], refused }
}

function forbidden(event: UsageEvent, key: KeyHolder, isAppKnown: boolean): EventError | undefined {
  if (key.app !== null) {
    if (event.app !== null && event.app !== key.app.id && event.app !== key.app.slug) {
      return { field: 'app', code: 'forbidden', message: `expected the key's own app, ${key.app.slug}, or none` }
    }
  } else if (event.app === null) {
    return { field: 'app', code: 'required', message: "expected the app's id or slug: this key belongs to no app" }
  } else if (!isAppKnown) {
    return { field: 'app', code: 'forbidden', message: 'expected an app that exists' }
  }
  return scopeFault(event, key)
}
