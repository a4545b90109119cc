import { InstantText } from '@meterbook/core/catalogue'
import { DisplayName, EventKey, Slug } from '@meterbook/core/catalogue-file'
import { type Instant, parseInstant } from '@meterbook/core/kernel'
import { type ListedApp, listAppsOfPlatform, readAppParts } from '@meterbook/db/postgres'
import {
  type ActBy,
  actTogether,
  addEnvironment,
  addInstallation,
  archiveApp,
  CatalogueRefused,
  changeApp,
  createApp,
  endInstallation,
  markInstallation,
  renameEnvironment,
  renameInstallation,
  transferApp,
} from '@meterbook/db/postgres/catalogue-acts'
import { z } from 'zod'
import { TransferTerms } from '../apps/asked-transfer.ts'
import { TRANSFER_KIND, transferEffect } from '../apps/transfer-proposal.ts'
import { spaceOf, type TransferTrial, tryGivingAway, tryTransfer } from '../apps/try-transfer.ts'
import type { CurrentPerson } from '../auth/current-person.ts'
import { getWebEnv } from '../env.ts'
import { eventStores, postgres } from '../portal/stores.ts'
import { propose } from '../proposals/propose.ts'
import { ActReason, byOf, nowMicros } from './act-input.ts'
import { actsTold } from './acts-told.ts'
import { appProcedure, platformProcedure, router, spaceProcedure } from './procedures.ts'

const ENVIRONMENTS = [
  { key: 'production', name: 'Production' },
  { key: 'staging', name: 'Staging' },
  { key: 'development', name: 'Development' },
]

const NewApp = z.object({
  slug: Slug,
  name: DisplayName,
  isEntitled: z.boolean().default(true),
  reason: ActReason,
})
const Required = z.string().trim().min(1, { error: 'expected a reason' }).max(1_000)
const Transfer = TransferTerms.extend({ reason: Required, id: z.uuid().optional() })
const AppSlug = z.object({ appSlug: z.string().min(1).max(100) })

/** One app of the space, which owns it now. One that has left is seen for its past, and is its new owner's to manage; an archived one is still theirs. */
const ownAppProcedure = appProcedure('administer').use(async ({ ctx, next }) => {
  const app = await listed({ appId: ctx.app.id })
  if (app === null || app.space?.id !== ctx.access.space.id)
    return actsTold(() => Promise.reject(new CatalogueRefused('not_found', 'No such app in this developer space')))
  return next({ ctx: { own: app } })
})

export const appsRouter = router({
  /** Every app of the platform, those that nobody owns and archived ones too. */
  list: platformProcedure.query(() => listAppsOfPlatform(postgres())),

  /** The apps that the space owns now, archived ones too. */
  listOfSpace: spaceProcedure('administer').query(({ ctx }) =>
    listAppsOfPlatform(postgres(), { spaceId: ctx.access.space.id }),
  ),

  /** Everything about one app that its owner manages. */
  find: ownAppProcedure.query(async ({ ctx }) => {
    const { owners, ...parts } = await readAppParts(postgres(), ctx.own.id)
    const spaceId = ctx.access.space.id
    return {
      ...ctx.own,
      ...parts,
      // who had it before is nobody's business who cannot enter that space
      owners: owners.map(({ spaceId: id, ...owner }) =>
        id === spaceId || ctx.person.isPlatformAdmin ? owner : { ...owner, slug: null, name: null },
      ),
    }
  }),

  create: spaceProcedure('administer')
    .input(NewApp)
    .mutation(({ ctx, input: { space: _, reason, ...app } }) =>
      actsTold(() => make({ ...app, spaceId: ctx.access.space.id, by: byOf(ctx, reason) })),
    ),

  /** An app for any space, or for nobody yet. */
  createAnywhere: platformProcedure
    .input(NewApp.extend({ spaceSlug: z.string().min(1).max(100).nullable() }))
    .mutation(({ ctx, input: { spaceSlug, reason, ...app } }) =>
      actsTold(async () => {
        const spaceId = spaceSlug === null ? null : await spaceOf(eventStores(), spaceSlug)
        return make({ ...app, spaceId, by: byOf(ctx, reason) })
      }),
    ),

  change: ownAppProcedure
    .input(z.object({ name: DisplayName, series: z.int().min(1).max(7), reason: ActReason }))
    .mutation(({ ctx, input: { name, series, reason } }) =>
      act((tx) => changeApp(tx, { id: ctx.own.id, name, series, by: byOf(ctx, reason) })),
    ),

  archive: ownAppProcedure
    .input(z.object({ isArchived: z.boolean(), reason: ActReason }))
    .mutation(({ ctx, input: { isArchived, reason } }) =>
      act((tx) => archiveApp(tx, { id: ctx.own.id, isArchived, by: byOf(ctx, reason) })),
    ),

  /** The same for an app of any space, or of none. */
  archiveAnywhere: platformProcedure
    .input(AppSlug.extend({ isArchived: z.boolean(), reason: ActReason }))
    .mutation(({ ctx, input: { appSlug, isArchived, reason } }) =>
      actsTold(async () => {
        const { id } = await bySlug(appSlug)
        await actTogether(postgres(), (tx) => archiveApp(tx, { id, isArchived, by: byOf(ctx, reason) }))
      }),
    ),

  renameAnywhere: platformProcedure
    .input(AppSlug.extend({ name: DisplayName, reason: ActReason }))
    .mutation(({ ctx, input: { appSlug, name, reason } }) =>
      actsTold(async () => {
        const { id } = await bySlug(appSlug)
        await actTogether(postgres(), (tx) => changeApp(tx, { id, name, by: byOf(ctx, reason) }))
      }),
    ),

  addEnvironment: ownAppProcedure
    .input(z.object({ key: EventKey, name: DisplayName, reason: ActReason }))
    .mutation(({ ctx, input: { key, name, reason } }) =>
      act((tx) => addEnvironment(tx, { appId: ctx.own.id, key, name, by: byOf(ctx, reason) })),
    ),

  renameEnvironment: ownAppProcedure
    .input(z.object({ key: EventKey, name: DisplayName, reason: ActReason }))
    .mutation(({ ctx, input: { key, name, reason } }) =>
      act((tx) => renameEnvironment(tx, { appId: ctx.own.id, key, name, by: byOf(ctx, reason) })),
    ),

  /** From now on, or from an instant that is still to come: the past of a customer's site is changed by a catalogue file, and re-attributed. */
  addInstallation: ownAppProcedure
    .input(z.object({ key: EventKey, name: DisplayName, reason: ActReason }))
    .mutation(({ ctx, input: { key, name, reason } }) =>
      act((tx) => {
        const facts = { key, name, exempt: false, from: nowMicros(), to: null }
        return addInstallation(tx, { appId: ctx.own.id, ...facts, by: byOf(ctx, reason) })
      }),
    ),

  renameInstallation: ownAppProcedure
    .input(z.object({ key: EventKey, name: DisplayName, reason: ActReason }))
    .mutation(({ ctx, input: { key, name, reason } }) =>
      act((tx) => renameInstallation(tx, { appId: ctx.own.id, key, name, by: byOf(ctx, reason) })),
    ),

  /** Ends it at once; its past stays. */
  endInstallation: ownAppProcedure
    .input(z.object({ key: EventKey, from: InstantText, reason: ActReason }))
    .mutation(({ ctx, input: { key, from, reason } }) =>
      act((tx) =>
        endInstallation(tx, { appId: ctx.own.id, key, from, to: later(nowMicros(), from), by: byOf(ctx, reason) }),
      ),
    ),

  /** Exempt means free: who pays may not say so of themselves. */
  markInstallation: platformProcedure
    .input(AppSlug.extend({ key: EventKey, isExempt: z.boolean(), reason: Required }))
    .mutation(({ ctx, input: { appSlug, key, isExempt, reason } }) =>
      actsTold(async () => {
        const { id: appId } = await bySlug(appSlug)
        const mark = { appId, key, exempt: isExempt, at: nowMicros(), by: byOf(ctx, reason) }
        await actTogether(postgres(), (tx) => markInstallation(tx, mark))
      }),
    ),

  /** What giving the app away would take out of the space. A mutation that writes nothing. */
  tryTransfer: ownAppProcedure.input(TransferTerms).mutation(({ ctx, input }) =>
    actsTold(async () => {
      const { app: _, ...trial } = await trialOfOwner(ctx, input.at)
      return trial
    }),
  ),

  /** Asks the other side. Whether a space of that slug exists is not told: if it does, its admins find the proposal. */
  proposeTransfer: ownAppProcedure.input(Transfer).mutation(({ ctx, input }) =>
    actsTold(async () => {
      const { to, reason, id } = input
      const from = ctx.access.space
      if (to === from.slug) throw new CatalogueRefused('invalid', `expected another developer space, found ${to}`)
      const at = instantOr(input.at)
      const trial = await trialOfOwner(ctx, at)
      const spaceId = await spaceOf(eventStores(), to).catch(() => from.id)
      const effect = transferEffect(trial, { from: from.name, to })
      const asked = { appId: ctx.own.id, toSlug: to, at: trial.at, standsFor: 'from' }
      return { id: await ask(ctx, { id, spaceId, asked, effect, reason }) }
    }),
  ),

  /** Both sides of a transfer of any app. A mutation that writes nothing. */
  tryTransferAnywhere: platformProcedure.input(AppSlug.extend(TransferTerms.shape)).mutation(({ input }) =>
    actsTold(async () => {
      const { id } = await bySlug(input.appSlug)
      const asOf = nowMicros()
      const { app: _, ...trial } = await tryTransfer(eventStores(), {
        appId: id,
        toSlug: input.to,
        at: input.at ?? asOf,
        asOf,
      })
      return trial
    }),
  ),

  /**
   * Asks one side in the name of the other. An app that nobody owns is given away at once where nothing before the instant is touched: there is nobody
   * to ask, and nothing to move.
   */
  transferAnywhere: platformProcedure
    .input(AppSlug.extend(Transfer.shape).extend({ standsFor: z.enum(['from', 'to']).default('from') }))
    .mutation(({ ctx, input }) =>
      actsTold(async () => {
        const { to, reason, id } = input
        const app = await bySlug(input.appSlug)
        const asOf = nowMicros()
        const at = input.at ?? asOf
        const toSpaceId = await spaceOf(eventStores(), to)
        if (app.space === null && at >= asOf) {
          const by = byOf(ctx, reason)
          await actTogether(postgres(), (tx) => transferApp(tx, { appId: app.id, toSpaceId, at, asOf, by }))
          return { id: null }
        }
        const trial = await tryTransfer(eventStores(), { appId: app.id, toSlug: to, at, asOf })
        const effect = transferEffect(trial, { from: app.space?.name ?? null, to })
        const standsFor = app.space === null ? 'from' : input.standsFor
        const spaceId = standsFor === 'from' ? toSpaceId : (app.space?.id ?? toSpaceId)
        const asked = { appId: app.id, toSlug: to, at: trial.at, standsFor }
        return { id: await ask(ctx, { id, spaceId, asked, effect, reason }) }
      }),
    ),
})

interface Asking {
  person: CurrentPerson
  requestId?: string | undefined
}

function ask(
  ctx: Asking,
  input: {
    id: string | undefined
    spaceId: string
    asked: object
    effect: ReturnType<typeof transferEffect>
    reason: string
  },
): Promise<string> {
  const { id, spaceId, asked: payload, effect, reason } = input
  const proposedBy = { id: ctx.person.id, name: ctx.person.name }
  const draft = { kind: TRANSFER_KIND, spaceId, payload, effect, reason, proposedBy, requestId: ctx.requestId ?? null }
  return propose(postgres(), id === undefined ? draft : { ...draft, id })
}

async function trialOfOwner(
  ctx: { own: ListedApp; access: { space: { id: string } } },
  asked: Instant | null,
): Promise<TransferTrial> {
  const asOf = nowMicros()
  const at = asked ?? asOf
  const { owners } = await readAppParts(postgres(), ctx.own.id)
  const owner = owners.findLast(({ spaceId }) => spaceId === ctx.access.space.id)
  const ownedFrom = owner === undefined ? null : parseInstant(owner.from)
  if (ownedFrom === null || !ownedFrom.ok)
    throw new CatalogueRefused('not_found', 'No such app in this developer space')
  return tryGivingAway(eventStores(), {
    ...{ appId: ctx.own.id, spaceId: ctx.access.space.id, at, asOf },
    ownedFrom: ownedFrom.value,
  })
}

function instantOr(at: Instant | null): Instant {
  return at ?? nowMicros()
}

function later(a: Instant, b: Instant): Instant {
  return a > b ? a : b
}

async function listed(input: { appId: string }): Promise<ListedApp | null> {
  const [app] = await listAppsOfPlatform(postgres(), input)
  return app ?? null
}

async function bySlug(slug: string): Promise<ListedApp> {
  const [app] = await listAppsOfPlatform(postgres(), { slug })
  if (app === undefined) throw new CatalogueRefused('not_found', 'No such app')
  return app
}

function act<T>(acts: Parameters<typeof actTogether<T>>[1]): Promise<T> {
  return actsTold(() => actTogether(postgres(), acts))
}

async function make(input: { slug: string; name: string; isEntitled: boolean; spaceId: string | null; by: ActBy }) {
  const { shardCount } = getWebEnv()
  const more = { from: nowMicros(), environments: ENVIRONMENTS, shardCount }
  const { entitlements } = await actTogether(postgres(), (tx) => createApp(tx, { ...input, ...more }))
  return { slug: input.slug, entitlements }
}
