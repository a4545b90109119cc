import { canonicalTuple, type Instant, sha256 } from '../kernel/index.ts'
import { earlier, later, windowsBetween } from '../window/index.ts'
import { BILLING_PERIOD, COST_AND_USAGE, type FocusColumn, INVOICE_DETAIL } from './column.ts'
import { DESCRIPTION_LENGTH_MAX } from './cost-and-usage.ts'
import { NUMBER_SCALE, NUMERIC_PRECISION } from './decimal-cell.ts'
import { instantCell, instantOf } from './instant-cell.ts'
import type { FocusParties } from './party.ts'

export const FOCUS_DATASETS = ['CostAndUsage', 'BillingPeriod', 'InvoiceDetail'] as const
export type FocusDatasetId = (typeof FOCUS_DATASETS)[number]

export const DATASET_COLUMNS: Record<FocusDatasetId, readonly FocusColumn[]> = {
  CostAndUsage: COST_AND_USAGE,
  BillingPeriod: BILLING_PERIOD,
  InvoiceDetail: INVOICE_DETAIL,
}

/** Prefix of the tags that are the operator's; `meterbook:` is declared, as the column Tags must. */
const PROVIDER_TAG_PREFIXES = ['meterbook:']
/** Raised with every change of a column, a definition or the FOCUS version, and the date with it. */
const DATA_GENERATOR_VERSION = '1'
const SCHEMA_CREATED = '2026-11-22T00:00:00Z'

export interface ColumnDefinition {
  ColumnName: string
  DataType: 'STRING' | 'DECIMAL' | 'INTEGER' | 'DATETIME' | 'JSON'
  NumericPrecision?: number
  NumberScale?: number
  StringMaxLength?: number
  StringEncoding?: 'UTF-8'
  ProviderTagPrefixes?: string[]
}

/** A data file of the delivery, as its encoder measured it. `ledgerSequence`: the last entry of the space's chain that is in it. */
export interface FocusFile {
  path: string
  dataset: FocusDatasetId
  rows: number
  bytes: number
  sha256: string
  ledgerSequence: string
  takenAt: string
}

interface TimeSector {
  TimeSectorStart: string
  TimeSectorEnd: string
  TimeSectorComplete: boolean
  TimeSectorLastUpdated: string
}

/** The metadata of a delivery: what FOCUS calls DataGenerator, DatasetInstance, Schema and Recency, and the files with their checksums. */
export interface FocusManifest {
  DataGenerator: { DataGenerator: string }
  DatasetInstance: { DatasetInstanceId: string; DatasetInstanceName: string; FocusDatasetId: FocusDatasetId }[]
  Schema: {
    SchemaId: string
    FocusVersion: '1.4' | '1.2'
    CreationDate: string
    DatasetInstanceId: string
    DataGeneratorVersion: string
    ColumnDefinition: ColumnDefinition[]
  }[]
  Recency: {
    DatasetInstanceId: string
    RecencyLastUpdated: string
    DatasetInstanceLastUpdated: string
    TimeSectors?: TimeSector[]
    DatasetInstanceComplete?: boolean
  }[]
  Files: (Omit<FocusFile, 'dataset'> & { SchemaId: string })[]
}

/**
 * @param input.columns the header of each dataset's file
 * @param input.periods billing periods of the delivery
 * @param input.finalUntil usage before it cannot change any more: a day that ended by then is complete
 */
export function focusManifest(input: {
  parties: FocusParties
  version: '1.4' | '1.2'
  columns: Partial<Record<FocusDatasetId, readonly string[]>>
  periods: readonly { start: string; end: string }[]
  takenAt: Instant
  finalUntil: Instant
  files: readonly FocusFile[]
}): FocusManifest {
  const { parties, version } = input
  const takenAt = instantCell(input.takenAt)
  const datasets = FOCUS_DATASETS.filter((dataset) => input.columns[dataset] !== undefined)
  const instanceId = (dataset: FocusDatasetId) => guid(['instance', parties.operator, parties.space.id, dataset])
  const schemas = datasets.map((dataset) => {
    const definitions = columnDefinitions(dataset, input.columns[dataset] ?? [])
    return {
      SchemaId: guid(['schema', instanceId(dataset), version, DATA_GENERATOR_VERSION, JSON.stringify(definitions)]),
      FocusVersion: version,
      CreationDate: SCHEMA_CREATED,
      DatasetInstanceId: instanceId(dataset),
      DataGeneratorVersion: DATA_GENERATOR_VERSION,
      ColumnDefinition: definitions,
    }
  })
  const schemaId = (dataset: FocusDatasetId) => schemas[datasets.indexOf(dataset)]?.SchemaId ?? ''
  const sectors = input.periods.flatMap(({ start, end }) => sectorsOf({ start, end, takenAt, until: input.finalUntil }))
  return {
    DataGenerator: { DataGenerator: parties.operator },
    DatasetInstance: datasets.map((dataset) => ({
      DatasetInstanceId: instanceId(dataset),
      DatasetInstanceName: `${dataset} of ${parties.space.id}`,
      FocusDatasetId: dataset,
    })),
    Schema: schemas,
    Recency: datasets.map((dataset) => ({
      DatasetInstanceId: instanceId(dataset),
      RecencyLastUpdated: takenAt,
      DatasetInstanceLastUpdated: takenAt,
      ...(dataset === 'CostAndUsage'
        ? { TimeSectors: sectors }
        : { DatasetInstanceComplete: sectors.every(({ TimeSectorComplete }) => TimeSectorComplete) }),
    })),
    Files: input.files.map(({ dataset, ...file }) => ({ ...file, SchemaId: schemaId(dataset) })),
  }
}

function sectorsOf(input: { start: string; end: string; takenAt: string; until: Instant }): TimeSector[] {
  const [start, end] = [instantOf(input.start), instantOf(input.end)]
  return windowsBetween(start, end, 'day', 'UTC').map((day) => {
    const [from, to] = [later(day.start, start), earlier(day.end, end)]
    return {
      TimeSectorStart: instantCell(from),
      TimeSectorEnd: instantCell(to),
      TimeSectorComplete: to <= input.until,
      TimeSectorLastUpdated: input.takenAt,
    }
  })
}

/** Definitions of the columns of a header, in its order. A column that only 1.2 has is an empty string column. */
export function columnDefinitions(dataset: FocusDatasetId, header: readonly string[]): ColumnDefinition[] {
  const known = new Map(DATASET_COLUMNS[dataset].map((column) => [column.name, column]))
  return header.map((name) => definitionOf(known.get(name) ?? { name, type: 'string', level: 'C', isNullable: true }))
}

function definitionOf({ name, type }: FocusColumn): ColumnDefinition {
  switch (type) {
    case 'decimal':
      return { ColumnName: name, DataType: 'DECIMAL', NumericPrecision: NUMERIC_PRECISION, NumberScale: NUMBER_SCALE }
    case 'integer':
      return { ColumnName: name, DataType: 'INTEGER', NumericPrecision: 64 }
    case 'datetime':
      return { ColumnName: name, DataType: 'DATETIME' }
    case 'json':
      return {
        ColumnName: name,
        DataType: 'JSON',
        StringEncoding: 'UTF-8',
        ...(name === 'Tags' ? { ProviderTagPrefixes: PROVIDER_TAG_PREFIXES } : {}),
      }
    case 'string':
      return {
        ColumnName: name,
        DataType: 'STRING',
        StringEncoding: 'UTF-8',
        ...(name === 'ChargeDescription' ? { StringMaxLength: DESCRIPTION_LENGTH_MAX } : {}),
      }
  }
}

/** A GUID (version 8) made of what it names, so that the same schema has the same id in every delivery. */
function guid(parts: readonly string[]): string {
  const hex = sha256(canonicalTuple(['meterbook/focus', ...parts]))
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
