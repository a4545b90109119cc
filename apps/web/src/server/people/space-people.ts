import type { PoolClient } from '@meterbook/db/postgres'
import { type ActBy, actTogether, CatalogueRefused } from '@meterbook/db/postgres/catalogue-acts'
import {
  changeMember,
  invite,
  listInvitations,
  listMembers,
  removeMember,
  renewInvitation,
  revokeInvitation,
  type SpaceRole,
} from '@meterbook/db/postgres/people'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { CurrentPerson } from '../auth/person-of-session.ts'
import { getWebEnv } from '../env.ts'
import { sendMail } from '../mail/send-mail.ts'
import { postgres } from '../portal/stores.ts'
import { invitationLetter } from './letters.ts'

type Asking = { person: CurrentPerson; access: SpaceAccess; requestId?: string | undefined }
type AskedRights = { role: SpaceRole; isBillingAdmin: boolean; apps: readonly string[] }

/** The people of one space, as one of its admins reads and changes them. Acts throw CatalogueRefused. */
export function spacePeople({ person, access, requestId }: Asking) {
  const { space } = access
  const byWith = (reason: string | null): ActBy => ({ actorId: person.id, requestId: requestId ?? null, reason })
  const by = byWith(null)
  const act = <T>(run: (tx: PoolClient) => Promise<T>) => actTogether(postgres(), run)
  const slugs = new Map(access.apps.map(({ id, slug }) => [id, slug]))
  const slugsOf = (appIds: string[]) => appIds.flatMap((id) => slugs.get(id) ?? [])

  /** What was said in slugs, in ids. An app that is not of this space is not found, as one that does not exist. */
  const rightsOf = ({ role, isBillingAdmin, apps }: AskedRights) => {
    const appIds = apps.map((slug) => {
      const app = access.apps.find((candidate) => candidate.slug === slug)
      if (app === undefined) throw new CatalogueRefused('not_found', 'No such app in this developer space')
      return app.id
    })
    return { role, isBillingAdmin, appIds }
  }

  async function post(letter: { to: string; role: SpaceRole; token: string; expiresAt: Date }): Promise<boolean> {
    const { to, role, token, expiresAt } = letter
    const link = `${getWebEnv().url}/invite/${token}`
    try {
      await sendMail(invitationLetter({ to, spaceName: space.name, invitedBy: person.name, role, link, expiresAt }))
      return true
    } catch (error) {
      // the invitation stands and can be sent again; its text, and so its token, is in no log
      console.error('an invitation could not be sent:', (error as { code?: unknown }).code ?? 'no code')
      return false
    }
  }

  return {
    async list() {
      const [members, invitations] = await Promise.all([
        listMembers(postgres(), space.id),
        listInvitations(postgres(), space.id),
      ])
      return {
        you: person.id,
        apps: access.apps.filter(({ isOwned }) => isOwned).map(({ slug, name }) => ({ slug, name })),
        members: members.map(({ appIds, joinedAt, seenAt, ...member }) => ({
          ...member,
          apps: slugsOf(appIds),
          joinedAt: joinedAt.toISOString(),
          seenAt: seenAt?.toISOString() ?? null,
        })),
        invitations: invitations.map(({ appIds, sentAt, expiresAt, ...invitation }) => ({
          ...invitation,
          apps: slugsOf(appIds),
          sentAt: sentAt.toISOString(),
          expiresAt: expiresAt.toISOString(),
        })),
      }
    },

    /** `isSent` false: the invitation stands, but its letter could not be sent. */
    async invite({ email, ...asked }: AskedRights & { email: string }) {
      const rights = rightsOf(asked)
      const made = await act((tx) => invite(tx, { spaceId: space.id, email, ...rights, by }))
      return { id: made.id, isSent: await post({ to: email.trim().toLowerCase(), role: asked.role, ...made }) }
    },

    async resend(id: string) {
      const { email, ...renewed } = await act((tx) => renewInvitation(tx, { spaceId: space.id, id, by }))
      return { isSent: await post({ to: email, ...renewed }) }
    },

    revoke: (id: string) => act((tx) => revokeInvitation(tx, { spaceId: space.id, id, by })),

    change: ({ personId, ...asked }: AskedRights & { personId: string }) => {
      const rights = rightsOf(asked)
      return act((tx) => changeMember(tx, { spaceId: space.id, personId, ...rights, by }))
    },

    remove: ({ personId, reason }: { personId: string; reason: string | null }) =>
      act((tx) => removeMember(tx, { spaceId: space.id, personId, by: byWith(reason) })),
  }
}
