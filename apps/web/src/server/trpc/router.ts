import { listSpaces } from '@meterbook/db/postgres/portal'
import { tracked } from '@trpc/server'
import { z } from 'zod'
import { getDrain } from '../drain.ts'
import { watchRights } from '../people/rights-watch.ts'
import { findSpaceAccess, liveFeed, prisma } from '../portal/stores.ts'
import { readAppUsage } from '../usage/read-app-usage.ts'
import { readFreshness } from '../usage/read-freshness.ts'
import { readHealth } from '../usage/read-health.ts'
import { readSpaceUsage } from '../usage/read-space-usage.ts'
import { appView } from '../usage/read-view.ts'
import { readAsAsked } from '../usage/reading.ts'
import { accountRouter } from './account-router.ts'
import { AddressInput } from './address-input.ts'
import { appsRouter } from './apps-router.ts'
import { auditRouter } from './audit-router.ts'
import { backdatingRouter } from './backdating-router.ts'
import { correctionsRouter } from './corrections-router.ts'
import { deskRouter } from './desk-router.ts'
import { entitlementsRouter } from './entitlements-router.ts'
import { eventsRouter } from './events-router.ts'
import { exploreRouter } from './explore-router.ts'
import { frozenRouter } from './frozen-router.ts'
import { keysRouter } from './keys-router.ts'
import { ledgerRouter } from './ledger-router.ts'
import { metersRouter } from './meters-router.ts'
import { overviewRouter } from './overview-router.ts'
import { peopleRouter } from './people-router.ts'
import { pricesRouter } from './prices-router.ts'
import { appProcedure, personProcedure, router, spaceProcedure } from './procedures.ts'
import { proposalsRouter } from './proposals-router.ts'
import { quarantineRouter } from './quarantine-router.ts'
import { spacesRouter } from './spaces-router.ts'
import { statementsRouter } from './statements-router.ts'

const Address = z.object({ address: AddressInput })
/** Left out: the billing zone. */
const Zone = z.object({ zone: z.string().max(100).optional() })
const Live = z.object({ lastEventId: z.string().max(100).nullish() })

export const appRouter = router({
  events: eventsRouter,
  explore: exploreRouter,
  keys: keysRouter,
  frozen: frozenRouter,
  overview: overviewRouter,
  quarantine: quarantineRouter,
  corrections: correctionsRouter,
  statements: statementsRouter,
  ledger: ledgerRouter,
  people: peopleRouter,
  account: accountRouter,
  proposals: proposalsRouter,
  audit: auditRouter,
  desk: deskRouter,
  meters: metersRouter,
  prices: pricesRouter,
  entitlements: entitlementsRouter,
  backdating: backdatingRouter,
  apps: appsRouter,
  developerSpaces: spacesRouter,

  /** The spaces the caller may enter. */
  spaces: personProcedure.query(({ ctx }) =>
    listSpaces(prisma(), { personId: ctx.person.id, isPlatformAdmin: ctx.person.isPlatformAdmin }),
  ),

  /** The space and the apps of it that the caller may see. */
  space: spaceProcedure('see usage').query(({ ctx }) => ({
    ...ctx.access.space,
    role: ctx.access.role,
    apps: ctx.access.apps.map(appView),
  })),

  spaceUsage: spaceProcedure('see usage')
    .input(Address)
    .query(({ ctx, input }) =>
      readAsAsked({ access: ctx.access, asOf: input.address.asOf }, (ground) =>
        readSpaceUsage({ ...ground, address: input.address }),
      ),
    ),

  spaceHealth: spaceProcedure('see usage')
    .input(Zone)
    .query(({ ctx, input }) => readHealth({ access: ctx.access, zone: input.zone })),

  freshness: spaceProcedure('see usage').query(({ ctx }) => readFreshness(ctx.access.apps)),

  appUsage: appProcedure('see usage')
    .input(Address)
    .query(({ ctx, input }) =>
      readAsAsked({ access: ctx.access, asOf: input.address.asOf }, (ground) =>
        readAppUsage({ ...ground, app: ctx.app, address: input.address }),
      ),
    ),

  /**
   * Says which of the caller's apps have new usage, as the projection says it. The first item of every stream has no apps: whoever
   * connects, or connects again, looks at everything once, and so misses nothing in between. Ids grow; they carry no position.
   */
  live: spaceProcedure('see usage')
    .input(Live)
    .subscription(async function* ({ ctx, signal }) {
      const { person } = ctx
      const rights = await watchRights([person.id, ...(person.viewedBy ? [person.viewedBy.id] : [])])
      const lookedOn = person.viewedBy
        ? [AbortSignal.timeout(Math.max(0, person.viewedBy.until.getTime() - Date.now()))]
        : []
      const ended = AbortSignal.any([getDrain().signal, rights.signal, ...lookedOn, ...(signal ? [signal] : [])])
      try {
        // asked once more, now that every change is heard
        const access = await findSpaceAccess({ person, spaceSlug: ctx.access.space.slug })
        if (access === null) throw reconnect()
        const slugs = new Map(access.apps.map((app) => [app.id, app.slug]))
        yield tracked(`${Date.now()}-0`, { kind: 'look' as const, apps: [] as string[], sentAt: Date.now() })
        let sequence = 0
        for await (const news of liveFeed().listen(access.space.id, ended)) {
          const apps = news ? news.apps.flatMap((id) => slugs.get(id) ?? []) : []
          if (news && apps.length === 0) continue
          sequence++
          const sentAt = news?.sentAt ?? Date.now()
          const kind = news ? ('news' as const) : ('look' as const)
          yield tracked(`${Date.now()}-${sequence}`, { kind, apps, sentAt })
        }
        if (ended.aborted && signal?.aborted !== true) throw reconnect()
      } finally {
        rights.release()
      }
    }),
})

/** An orderly end would tell the browser not to come back; this one it takes for a lost connection, and its rights are judged anew when it is back. */
function reconnect(): DOMException {
  return new DOMException('this stream ends here; another one may go on', 'AbortError')
}

export type AppRouter = typeof appRouter
