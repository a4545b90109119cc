import { CapabilityDraft, InstantText, MeterDraft, MeterSlug, MeterVersionDraft } from '@meterbook/core/catalogue'
import { countEventTypes } from '@meterbook/db/clickhouse'
import { listCapabilities } from '@meterbook/db/postgres'
import {
  actTogether,
  addMeterVersion,
  createCapability,
  createMeter,
  renameMeter,
} from '@meterbook/db/postgres/catalogue-acts'
import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { readDefinitions } from '../meters/read-definitions.ts'
import { findMeter, readMeter, readMeters } from '../meters/read-meters.ts'
import { shadowMeter } from '../meters/shadow-meter.ts'
import { tryOnPasted, tryOnRecent } from '../meters/try-meter.ts'
import { eventStores, postgres } from '../portal/stores.ts'
import { ActReason, byOf, nowMicros } from './act-input.ts'
import { actsTold } from './acts-told.ts'
import { platformProcedure, router, spaceProcedure } from './procedures.ts'

const PASTED_MAX = 200_000
const TYPES_DAYS = 30n
const MICROS_PER_DAY = 86_400_000_000n

/** Mutations that write nothing are mutations all the same: what they are asked does not fit into an address. */
export const metersRouter = router({
  list: platformProcedure.query(() => readMeters(postgres(), nowMicros())),

  find: platformProcedure.input(z.object({ meter: MeterSlug })).query(async ({ input }) => {
    const meter = await readMeter(postgres(), { slug: input.meter, now: nowMicros() })
    if (meter === null) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such meter' })
    return meter
  }),

  capabilities: platformProcedure.query(() => listCapabilities(postgres())),

  /** The event types of the last days, with how many of each are held: what a meter could be for. */
  eventTypes: platformProcedure.query(() =>
    countEventTypes(eventStores().clickhouse, nowMicros() - TYPES_DAYS * MICROS_PER_DAY),
  ),

  /** What a draft makes of real or pasted events. */
  tryOut: platformProcedure
    .input(z.object({ version: MeterVersionDraft, pasted: z.string().max(PASTED_MAX).optional() }))
    .mutation(({ input: { version: draft, pasted } }) =>
      actsTold(async () => {
        const now = nowMicros()
        return pasted === undefined || pasted.trim() === ''
          ? tryOnRecent(eventStores(), { draft, now })
          : tryOnPasted({ draft, pasted, now })
      }),
    ),

  /** A draft beside the version in force, on real events. */
  shadow: platformProcedure
    .input(z.object({ meter: MeterSlug, version: MeterVersionDraft, from: InstantText, to: InstantText }))
    .mutation(({ input: { meter: slug, version: draft, from, to } }) =>
      actsTold(() => shadowMeter(eventStores(), { slug, draft, from, to })),
    ),

  /** A new meter may begin in the past: what is counted already stays as it is. */
  create: platformProcedure
    .input(
      MeterDraft.extend({
        capability: CapabilityDraft.optional(),
        isBackDated: z.boolean().default(false),
        reason: ActReason,
      }),
    )
    .mutation(({ ctx, input }) =>
      actsTold(() => {
        const { capability, isBackDated, reason, ...draft } = input
        const by = byOf(ctx, reason)
        return actTogether(postgres(), async (tx) => {
          if (capability !== undefined) await createCapability(tx, { by, draft: capability })
          return createMeter(tx, { by, draft, isBackDated })
        })
      }),
    ),

  /** Adds one from now on; in the past it is proposed, see the backdating router. */
  addVersion: platformProcedure
    .input(
      z.object({
        meter: MeterSlug,
        version: MeterVersionDraft,
        reason: ActReason,
      }),
    )
    .mutation(({ ctx, input }) =>
      actsTold(async () => {
        const meterId = await idOf(input.meter)
        const { version } = input
        return actTogether(postgres(), (tx) =>
          addMeterVersion(tx, { by: byOf(ctx, input.reason), meterId, version, isBackDated: false }),
        )
      }),
    ),

  rename: platformProcedure
    .input(MeterDraft.pick({ name: true, description: true }).extend({ meter: MeterSlug, reason: ActReason }))
    .mutation(({ ctx, input }) =>
      actsTold(async () => {
        const meterId = await idOf(input.meter)
        const { name, description } = input
        await actTogether(postgres(), (tx) =>
          renameMeter(tx, { by: byOf(ctx, input.reason), meterId, name, description }),
        )
      }),
    ),

  /** For a space: what its usage is measured and billed by. */
  definitions: spaceProcedure('see usage').query(({ ctx }) =>
    readDefinitions(postgres(), { access: ctx.access, now: nowMicros() }),
  ),
})

async function idOf(slug: string): Promise<string> {
  const meter = await findMeter(postgres(), slug)
  if (meter === null) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such meter' })
  return meter.id
}
