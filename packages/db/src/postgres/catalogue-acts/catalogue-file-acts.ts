import { MeterVersionDraft } from '@meterbook/core/catalogue'
import { instantOf, type PlanStep } from '@meterbook/core/catalogue-file'
import type { Instant, JsonObject } from '@meterbook/core/kernel'
import { PriceVersionDraft } from '@meterbook/core/rating'
import { BillingTermDraft } from '@meterbook/core/statement'
import type { PoolClient } from '../pool.ts'
import { archiveApp, changeApp, createApp } from './app-acts.ts'
import { type ActBy, CatalogueRefused } from './catalogue-act.ts'
import { addEnvironment, renameEnvironment } from './environment-acts.ts'
import { addInstallation, endInstallation, renameInstallation } from './installation-acts.ts'
import { addMeterVersion, createCapability, createMeter, renameMeter } from './meter-acts.ts'
import { addPriceVersion, createPriceBook } from './price-acts.ts'
import { archiveSpace, changeSpace, createSpace } from './space-acts.ts'
import {
  archiveMeter,
  renamePriceBook,
  restateCapability,
  restateRight,
  restateSubscription,
  stateRights,
} from './stated-acts.ts'
import { setSubscription } from './subscription-acts.ts'
import { agreeTerm, endTerm, findTerm } from './term-acts.ts'
import { addAppOwnership, endAppOwnership } from './transfer-acts.ts'

/** Rights of one app that are given by one statement. */
const RIGHTS_MAX = 500

interface Following {
  tx: PoolClient
  by: ActBy
  /** Over how many shards new apps are spread. */
  shardCount: number
  /** Meters that get their first version, and are made with it. */
  unmade: Map<string, JsonObject>
}

/**
 * Follows a plan, step by step in its order, in the caller's transaction, each step by the same act that a page takes. Throws CatalogueRefused where a
 * step is turned down: then all of it is to be rolled back.
 */
export async function followPlan(
  tx: PoolClient,
  input: { steps: readonly PlanStep[]; shardCount: number; by: ActBy },
): Promise<void> {
  const following: Following = { tx, by: input.by, shardCount: input.shardCount, unmade: new Map() }
  for (let at = 0; at < input.steps.length; ) {
    const alike = rightsOfOneApp(input.steps, at)
    const [step] = alike
    if (step === undefined) return
    try {
      await (isNewRight(step) ? giveRights(following, alike) : follow(following, step))
    } catch (error) {
      if (!(error instanceof CatalogueRefused)) throw error
      throw new CatalogueRefused(error.code, `${step.kind} ${step.key}: ${error.message}`)
    }
    at += alike.length
  }
}

function isNewRight({ op, kind }: PlanStep): boolean {
  return op === 'create' && kind === 'entitlement'
}

function rightsOfOneApp(steps: readonly PlanStep[], at: number): PlanStep[] {
  const first = steps[at]
  if (first === undefined) return []
  const alike = [first]
  for (let next = at + 1; isNewRight(first) && next < steps.length && alike.length < RIGHTS_MAX; next++) {
    const step = steps[next]
    if (step === undefined || !isNewRight(step) || step.after.app !== first.after.app) break
    alike.push(step)
  }
  return alike
}

async function giveRights(following: Following, steps: readonly PlanStep[]): Promise<void> {
  const { tx, by } = following
  const rights = []
  for (const { after } of steps) {
    const spaceId = await idOf(tx, 'developer_space', after.space)
    const subscribedFrom = instantOf(String(after.subscribedFrom))
    rights.push({ capabilityKey: String(after.capability), spaceId, subscribedFrom, ...validityOf(after) })
  }
  await stateRights(tx, { appId: await idOf(tx, 'app', steps[0]?.after.app), rights, by })
}

function follow(following: Following, step: PlanStep): Promise<unknown> {
  if (step.kind === 'archived') return archive(following, step.after)
  return step.op === 'create' ? make(following, step) : change(following, step)
}

async function make(following: Following, { kind, after }: PlanStep): Promise<unknown> {
  const { tx, by, shardCount, unmade } = following
  const text = (member: string) => String(after[member])
  switch (kind) {
    case 'capability':
      return createCapability(tx, {
        by,
        draft: { key: text('key'), name: text('name'), unit: text('unit'), shape: text('shape') },
      })
    case 'meter':
      return unmade.set(text('slug'), after)
    case 'meter version':
      return makeVersion(following, after)
    case 'price book':
      return createPriceBook(tx, {
        by,
        draft: { slug: text('slug'), name: text('name'), currency: text('currency') },
      })
    case 'price': {
      const { priceBook, capability, from, ...version } = after
      const priceBookId = await idOf(tx, 'price_book', priceBook)
      const draft = PriceVersionDraft.parse({ effectiveFrom: from, ...version })
      return addPriceVersion(tx, {
        by,
        priceBookId,
        capabilityKey: String(capability),
        version: draft,
        isBackDated: true,
      })
    }
    case 'space':
      return createSpace(tx, {
        by,
        slug: text('slug'),
        name: text('name'),
        currency: text('currency'),
        billingZone: text('billingZone'),
      })
    case 'subscription': {
      const spaceId = await idOf(tx, 'developer_space', after.space)
      const priceBookId = await idOf(tx, 'price_book', after.priceBook)
      return setSubscription(tx, { by, spaceId, priceBookId, ...validityOf(after), isBackDated: true })
    }
    case 'term': {
      const { space, from: _from, to: _to, ...term } = after
      const spaceId = await idOf(tx, 'developer_space', space)
      return agreeTerm(tx, {
        ...{ by, spaceId, term: BillingTermDraft.parse(term), ...validityOf(after) },
        isBackDated: true,
      })
    }
    case 'app': {
      const series = Number(after.series)
      const bare = { spaceId: null, from: 0n, environments: [], isEntitled: false, shardCount }
      return createApp(tx, { by, slug: text('slug'), name: text('name'), series, ...bare })
    }
    case 'environment': {
      const appId = await idOf(tx, 'app', after.app)
      return addEnvironment(tx, { by, appId, key: text('key'), name: text('name') })
    }
    case 'owner': {
      const appId = await idOf(tx, 'app', after.app)
      const spaceId = await idOf(tx, 'developer_space', after.space)
      return addAppOwnership(tx, { by, appId, spaceId, ...validityOf(after) })
    }
    case 'installation': {
      const appId = await idOf(tx, 'app', after.app)
      const exempt = after.exempt === true
      return addInstallation(tx, { by, appId, key: text('key'), name: text('name'), exempt, ...validityOf(after) })
    }
    default:
      throw new Error(`expected something that can be made, found ${kind}`)
  }
}

async function makeVersion({ tx, by, unmade }: Following, after: JsonObject): Promise<unknown> {
  const { meter: slug, from, ...stated } = after
  const version = MeterVersionDraft.parse({ effectiveFrom: from, ...stated })
  const meter = unmade.get(String(slug))
  if (meter === undefined) {
    return addMeterVersion(tx, { by, meterId: await idOf(tx, 'meter', slug), version, isBackDated: true })
  }
  unmade.delete(String(slug))
  const draft = {
    slug: String(slug),
    name: String(meter.name),
    description: meter.description === null ? null : String(meter.description),
    capabilityKey: String(meter.capability),
    version,
  }
  return createMeter(tx, { by, draft, isBackDated: true })
}

async function change({ tx, by }: Following, { kind, after, changed }: PlanStep): Promise<unknown> {
  const text = (member: string) => String(after[member])
  const name = text('name')
  switch (kind) {
    case 'capability':
      return restateCapability(tx, { by, key: text('key'), name, shape: text('shape') })
    case 'meter': {
      const description = after.description === null ? null : text('description')
      return renameMeter(tx, { by, meterId: await idOf(tx, 'meter', after.slug), name, description })
    }
    case 'price book':
      return renamePriceBook(tx, { by, priceBookId: await idOf(tx, 'price_book', after.slug), name })
    case 'space': {
      const id = await idOf(tx, 'developer_space', after.slug)
      return changeSpace(tx, { by, id, name, currency: text('currency'), billingZone: text('billingZone') })
    }
    case 'subscription': {
      const spaceId = await idOf(tx, 'developer_space', after.space)
      return restateSubscription(tx, { by, spaceId, ...validityOf(after) })
    }
    case 'term': {
      const { space, from: _from, to: _to, ...term } = after
      const { from, to } = validityOf(after)
      const spaceId = await idOf(tx, 'developer_space', space)
      const id = await findTerm(tx, { spaceId, term: BillingTermDraft.parse(term), from })
      return endTerm(tx, { by, spaceId, id, to, isBackDated: true })
    }
    case 'app':
      return changeApp(tx, { by, id: await idOf(tx, 'app', after.slug), name, series: Number(after.series) })
    case 'environment':
      return renameEnvironment(tx, { by, appId: await idOf(tx, 'app', after.app), key: text('key'), name })
    case 'owner':
      return endAppOwnership(tx, { by, appId: await idOf(tx, 'app', after.app), ...validityOf(after) })
    case 'installation': {
      const site = { by, appId: await idOf(tx, 'app', after.app), key: text('key') }
      if (changed.includes('name')) await renameInstallation(tx, { ...site, name })
      return changed.includes('to') ? endInstallation(tx, { ...site, ...validityOf(after) }) : undefined
    }
    case 'entitlement': {
      const appId = await idOf(tx, 'app', after.app)
      const spaceId = await idOf(tx, 'developer_space', after.space)
      return restateRight(tx, { by, appId, spaceId, capabilityKey: text('capability'), ...validityOf(after) })
    }
    default:
      throw new Error(`expected something that can change, found ${kind}`)
  }
}

async function archive({ tx, by }: Following, { kind, slug, isArchived }: JsonObject): Promise<void> {
  const to = isArchived === true
  if (kind === 'meter') return archiveMeter(tx, { by, meterId: await idOf(tx, 'meter', slug), isArchived: to })
  if (kind === 'app') return archiveApp(tx, { by, id: await idOf(tx, 'app', slug), isArchived: to })
  return archiveSpace(tx, { by, id: await idOf(tx, 'developer_space', slug), isArchived: to })
}

async function idOf(
  tx: PoolClient,
  table: 'meter' | 'price_book' | 'developer_space' | 'app',
  slug: unknown,
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(`SELECT id FROM ${table} WHERE slug = $1`, [slug])
  if (rows[0] === undefined) throw new CatalogueRefused('not_found', `expected ${table} ${slug}, found none`)
  return rows[0].id
}

function validityOf({ from, to }: JsonObject): { from: Instant; to: Instant | null } {
  return { from: instantOf(String(from)), to: to === null || to === undefined ? null : instantOf(String(to)) }
}
