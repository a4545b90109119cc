import type { FocusColumn, FocusType } from '@meterbook/core/focus'
import type { ExportColumn, ExportKind } from './export-stream.ts'

const KINDS: Record<FocusType, ExportKind> = {
  string: 'text',
  json: 'text',
  decimal: 'decimal',
  integer: 'integer',
  datetime: 'instant',
}

/** The columns of a FOCUS file's header with the kinds their cells have. A name that no definition has is a column of empty texts. */
export function focusColumns(header: readonly string[], definitions: readonly FocusColumn[]): ExportColumn[] {
  const types = new Map(definitions.map(({ name, type }) => [name, type]))
  return header.map((name) => ({ name, kind: KINDS[types.get(name) ?? 'string'] }))
}
