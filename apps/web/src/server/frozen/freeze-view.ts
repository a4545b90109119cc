import { randomUUID } from 'node:crypto'
import { countFrozenViews, insertFrozenView, readStateToFreeze } from '@meterbook/db/postgres'
import { findSpaceAccess, listEnvironments, listMeters, type SpaceAccess } from '@meterbook/db/postgres/portal'
import { TRPCError } from '@trpc/server'
import type { CurrentPerson } from '../auth/current-person.ts'
import { postgres, prisma } from '../portal/stores.ts'

/** Each keeps some kilobytes for ever. */
const VIEWS_PER_DAY_MAX = 200

/**
 * Freezes what a page is made of, as of now. The names kept are those of the whole space, because whoever opens the view may see more of it
 * than whoever froze it; what they see is decided when they open it. Throws PRECONDITION_FAILED while usage is being rebuilt,
 * TOO_MANY_REQUESTS beyond VIEWS_PER_DAY_MAX.
 */
export async function freezeView(input: {
  access: SpaceAccess
  person: CurrentPerson
  page: string
  query: string
}): Promise<{ id: string; frozenAt: string }> {
  const { access, person, page, query } = input
  if ((await countFrozenViews(postgres(), person.id)) >= VIEWS_PER_DAY_MAX)
    throw new TRPCError({ code: 'TOO_MANY_REQUESTS', message: `At most ${VIEWS_PER_DAY_MAX} frozen links a day` })
  const state = await readStateToFreeze(postgres(), access.space.id)
  if (state.isRebuilding)
    throw new TRPCError({ code: 'PRECONDITION_FAILED', message: 'Usage is being rebuilt: freeze it when that is done' })
  // read after the positions: a meter version that is named too many does no harm, one that is missing could not be measured by
  const names = await readNames(access)
  const { now, shards, ledgerSequence, catalogueRevision, money } = state
  const id = randomUUID()
  await insertFrozenView(postgres(), {
    id,
    spaceId: access.space.id,
    page,
    query,
    frozenAt: now,
    frozenBy: person.id,
    shards,
    ledgerSequence,
    catalogueRevision,
    names,
    money,
  })
  return { id, frozenAt: new Date(Number(now / 1000n)).toISOString() }
}

async function readNames({ space }: SpaceAccess) {
  const whole = await findSpaceAccess(prisma(), { personId: '', isPlatformAdmin: true, spaceSlug: space.slug })
  const apps = whole?.apps ?? []
  const environments = await Promise.all(
    apps.map(async ({ id }) => [id, await listEnvironments(prisma(), [id])] as const),
  )
  const { name, currency, billingZone } = space
  return {
    space: { name, currency, billingZone },
    apps,
    meters: await listMeters(prisma()),
    environments: Object.fromEntries(environments),
  }
}
