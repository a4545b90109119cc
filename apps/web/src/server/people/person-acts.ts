import { type ActBy, actTogether, CatalogueRefused } from '@meterbook/db/postgres/catalogue-acts'
import { beginLookingOn, endLookingOn, findPeople, setPlatformAdmin } from '@meterbook/db/postgres/people'
import type { CurrentPerson } from '../auth/person-of-session.ts'
import { postgres } from '../portal/stores.ts'

type Asking = { person: CurrentPerson; requestId?: string | undefined }

/** People as an admin of the platform finds and changes them. Acts throw CatalogueRefused. */
export function personActs({ person, requestId }: Asking) {
  const byWith = (reason: string | null): ActBy & { actorId: string } => ({
    actorId: person.viewedBy?.id ?? person.id,
    requestId: requestId ?? null,
    reason,
  })
  const session = (): string => {
    if (person.sessionId !== undefined) return person.sessionId
    throw new CatalogueRefused('conflict', 'expected a session of the portal')
  }
  return {
    async find({
      limit,
      ...asked
    }: {
      text: string
      isPlatformAdmin?: boolean | undefined
      after: string | undefined
      limit: number
    }) {
      const found = await findPeople(postgres(), { ...asked, limit: limit + 1 })
      const people = found.slice(0, limit).map(({ createdAt, seenAt, ...each }) => ({
        ...each,
        createdAt: createdAt.toISOString(),
        seenAt: seenAt?.toISOString() ?? null,
      }))
      return { people, you: person.id, next: found.length > limit ? (people.at(-1)?.email ?? null) : null }
    },

    setPlatformAdmin: ({ reason, ...asked }: { personId: string; isPlatformAdmin: boolean; reason: string }) =>
      actTogether(postgres(), (tx) => setPlatformAdmin(tx, { ...asked, by: byWith(reason) })),

    beginLookingOn: ({ reason, ...asked }: { personId: string; reason: string; minutes: number }) =>
      actTogether(postgres(), (tx) =>
        beginLookingOn(tx, { ...asked, reason, sessionId: session(), by: byWith(reason) }),
      ),

    endLookingOn: () => actTogether(postgres(), (tx) => endLookingOn(tx, { sessionId: session(), by: byWith(null) })),
  }
}
