import type { JsonObject, JsonValue } from '../kernel/index.ts'
import { decimal, formatDecimal, formatInstant, type Instant, parseInstant } from '../kernel/index.ts'
import type { CatalogueFile } from './catalogue-file.ts'

/** What a catalogue is made of, in the order in which it can be made. */
export const FACT_KINDS = [
  'capability',
  'meter',
  'meter version',
  'price book',
  'price',
  'space',
  'subscription',
  'term',
  'app',
  'environment',
  'owner',
  'installation',
  'entitlement',
  'archived',
] as const
export type FactKind = (typeof FACT_KINDS)[number]

export type FilePath = readonly (string | number)[]

/**
 * One thing that a catalogue states, in canonical form: instants in UTC, decimals without needless zeros. `key` names it among those of its kind.
 * `at`: where the file says so.
 */
export interface CatalogueFact {
  kind: FactKind
  key: string
  value: JsonObject
  at: FilePath
}

/** The name of a fact among all: kinds hold no slash. */
export function nameOf({ kind, key }: { kind: FactKind; key: string }): string {
  return `${kind}/${key}`
}

/** Everything that a file states, kind by kind in the order of making. */
export function factsOf(file: CatalogueFile): CatalogueFact[] {
  const facts = [...capabilityFacts(file), ...bookFacts(file), ...spaceFacts(file), ...appFacts(file)]
  return facts.sort((a, b) => FACT_KINDS.indexOf(a.kind) - FACT_KINDS.indexOf(b.kind))
}

function* capabilityFacts({ capabilities, meters }: CatalogueFile): Generator<CatalogueFact> {
  for (const [index, { key, name, unit, shape }] of capabilities.entries()) {
    yield { kind: 'capability', key, value: { key, name, unit, shape }, at: ['capabilities', index] }
  }
  for (const [index, meter] of meters.entries()) {
    const { slug, name, description = null, capability } = meter
    const at = ['meters', index]
    yield { kind: 'meter', key: slug, value: { slug, name, description, capability }, at }
    yield archived({ kind: 'meter', slug, isArchived: meter.archived, at })
    for (const [number, version] of meter.versions.entries()) {
      const from = instantText(version.from)
      const { eventType, aggregation, subjectRequired, groupBy } = version
      const value: JsonObject = {
        ...{ meter: slug, from, eventType, aggregation, subjectRequired, groupBy },
        percentile: optionalDecimal(version.percentile),
        value: (version.value as JsonValue | undefined) ?? null,
        divisor: decimalText(version.divisor),
        dataSchema: (version.dataSchema as JsonValue | undefined) ?? null,
      }
      yield { kind: 'meter version', key: `${slug} ${from}`, value, at: [...at, 'versions', number] }
    }
  }
}

function* bookFacts({ priceBooks }: CatalogueFile): Generator<CatalogueFact> {
  for (const [index, { slug, name, currency, prices }] of priceBooks.entries()) {
    const at = ['priceBooks', index]
    yield { kind: 'price book', key: slug, value: { slug, name, currency }, at }
    for (const [place, { capability, versions }] of prices.entries()) {
      for (const [number, version] of versions.entries()) {
        const from = instantText(version.from)
        const value: JsonObject = {
          ...{ priceBook: slug, capability, from, packaging: version.packaging },
          allowance: decimalText(version.allowance),
          price: decimalText(version.price),
          per: decimalText(version.per),
          tiers: version.tiers === undefined ? null : tiersOf(version.tiers),
        }
        const path = [...at, 'prices', place, 'versions', number]
        yield { kind: 'price', key: `${slug} ${capability} ${from}`, value, at: path }
      }
    }
  }
}

function* spaceFacts({ spaces }: CatalogueFile): Generator<CatalogueFact> {
  for (const [index, space] of spaces.entries()) {
    const { slug, name, currency, billingZone } = space
    const at = ['spaces', index]
    yield { kind: 'space', key: slug, value: { slug, name, currency, billingZone }, at }
    yield archived({ kind: 'space', slug, isArchived: space.archived, at })
    for (const [number, { priceBook, ...row }] of space.subscriptions.entries()) {
      const validity = validityOf(row)
      const value = { space: slug, priceBook, ...validity }
      yield { kind: 'subscription', key: `${slug} ${validity.from}`, value, at: [...at, 'subscriptions', number] }
    }
    for (const [number, { kind, capability = null, percent, amount, text, ...row }] of space.terms.entries()) {
      const validity = validityOf(row)
      const granted = { percent: optionalDecimal(percent), amount: optionalDecimal(amount) }
      const value = { space: slug, kind, capability, ...granted, text, ...validity }
      const key = [slug, kind, ...(capability === null ? [] : [capability]), validity.from, JSON.stringify(text)].join(
        ' ',
      )
      yield { kind: 'term', key, value, at: [...at, 'terms', number] }
    }
  }
}

function* appFacts({ apps }: CatalogueFile): Generator<CatalogueFact> {
  for (const [index, app] of apps.entries()) {
    const { slug, name, series } = app
    const at = ['apps', index]
    yield { kind: 'app', key: slug, value: { slug, name, series }, at }
    yield archived({ kind: 'app', slug, isArchived: app.archived, at })
    for (const [number, { key, name: label }] of app.environments.entries()) {
      const value = { app: slug, key, name: label }
      yield { kind: 'environment', key: `${slug} ${key}`, value, at: [...at, 'environments', number] }
    }
    for (const [number, { space, ...row }] of app.owners.entries()) {
      const validity = validityOf(row)
      const value = { app: slug, space, ...validity }
      yield { kind: 'owner', key: `${slug} ${validity.from}`, value, at: [...at, 'owners', number] }
    }
    for (const [number, { key, name: label, exempt, ...row }] of app.installations.entries()) {
      const validity = validityOf(row)
      const value = { app: slug, key, name: label, exempt, ...validity }
      const path = [...at, 'installations', number]
      yield { kind: 'installation', key: `${slug} ${key} ${validity.from}`, value, at: path }
    }
    for (const [number, { space, subscribedFrom, capabilities, ...row }] of app.entitlements.entries()) {
      const validity = validityOf(row)
      for (const [place, capability] of capabilities.entries()) {
        const under = subscribedFrom === undefined ? null : instantText(subscribedFrom)
        const value = { app: slug, capability, space, subscribedFrom: under, ...validity }
        const path = [...at, 'entitlements', number, 'capabilities', place]
        yield { kind: 'entitlement', key: `${slug} ${capability} ${validity.from}`, value, at: path }
      }
    }
  }
}

function archived(input: { kind: string; slug: string; isArchived: boolean; at: FilePath }): CatalogueFact {
  const { kind, slug, isArchived, at } = input
  return { kind: 'archived', key: `${kind} ${slug}`, value: { kind, slug, isArchived }, at }
}

function validityOf({ from, to }: { from: string; to?: string | undefined }): { from: string; to: string | null } {
  return { from: instantText(from), to: to === undefined ? null : instantText(to) }
}

/** Of a text that the schema let pass. */
export function instantOf(text: string): Instant {
  const parsed = parseInstant(text)
  if (!parsed.ok) throw new RangeError(`expected an instant, found ${text}`)
  return parsed.value
}

function instantText(text: string): string {
  return formatInstant(instantOf(text))
}

function decimalText(text: string): string {
  return formatDecimal(decimal(text))
}

function optionalDecimal(text: string | undefined): string | null {
  return text === undefined ? null : decimalText(text)
}

type Tiers = NonNullable<CatalogueFile['priceBooks'][number]['prices'][number]['versions'][number]['tiers']>

function tiersOf({ mode, tiers }: Tiers): JsonObject {
  return {
    mode,
    tiers: tiers.map(({ upTo, price, flat }) => ({
      upTo: upTo === null ? null : decimalText(upTo),
      price: decimalText(price),
      flat: decimalText(flat),
    })),
  }
}
