import { COLUMNS_OF_1_2, type FocusRow, type FocusTable } from './column.ts'

/**
 * Cost and Usage as FOCUS 1.2 has it, from the rows of 1.4: all 57 columns, those that do not apply empty, the provider named as 1.2 names
 * it, and our own columns behind them. What 1.4 added (InvoiceDetailId, ServiceProviderName, HostProviderName) is left out.
 */
export function toProfile12(table: FocusTable): FocusTable {
  const columns = profileColumns(table.columns)
  return { columns, rows: table.rows.map((row) => profileRow(row, columns)) }
}

export function profileColumns(columns: readonly string[]): string[] {
  return [...COLUMNS_OF_1_2, ...columns.filter((name) => name.startsWith('x_'))]
}

export function profileRow(row: FocusRow, columns: readonly string[]): FocusRow {
  const provider = row.ServiceProviderName ?? null
  const all: FocusRow = { ...row, ProviderName: provider, PublisherName: provider }
  return Object.fromEntries(columns.map((name) => [name, all[name] ?? null]))
}
