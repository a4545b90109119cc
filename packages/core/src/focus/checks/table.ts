import type { FocusColumn, FocusRow, FocusTable } from '../column.ts'
import type { FocusDataset } from '../dataset.ts'
import { DATASET_COLUMNS, FOCUS_DATASETS, type FocusDatasetId } from '../manifest.ts'
import { type CheckInput, shown } from './fault.ts'

export function tableOf(dataset: FocusDataset, id: FocusDatasetId): FocusTable {
  if (id === 'CostAndUsage') return dataset.costAndUsage
  return id === 'BillingPeriod' ? dataset.billingPeriod : dataset.invoiceDetail
}

export interface Cell {
  column: FocusColumn
  value: string
  row: FocusRow
  fault(expected: string): void
}

/** Calls for every cell of all three datasets that is not null. */
export function eachCell(input: CheckInput, look: (cell: Cell) => void): void {
  for (const dataset of FOCUS_DATASETS) {
    for (const [index, row] of tableOf(input.dataset, dataset).rows.entries()) {
      for (const column of DATASET_COLUMNS[dataset]) {
        const value = row[column.name] ?? null
        if (value === null) continue
        const fault = (expected: string) =>
          input.report({ dataset, row: index, column: column.name, expected, found: shown(value) })
        look({ column, value, row, fault })
      }
    }
  }
}
