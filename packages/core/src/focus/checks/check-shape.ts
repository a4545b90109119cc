import { COLUMNS_NOT_APPLICABLE, COST_AND_USAGE, columnNames } from '../column.ts'
import { DATASET_COLUMNS, FOCUS_DATASETS, type FocusDatasetId } from '../manifest.ts'
import type { Check, CheckInput } from './fault.ts'
import { tableOf } from './table.ts'

const OF_LEVEL = (level: 'M' | 'C') => COST_AND_USAGE.filter((column) => column.level === level).map(({ name }) => name)
const KNOWN_IN_1_4 = new Set([...COST_AND_USAGE.map(({ name }) => name), ...COLUMNS_NOT_APPLICABLE])
/** Words that begin with a capital, joined; `Id` and `Sku` are words like others. */
const PASCAL_CASE = /^(?:x_)?[A-Z][A-Za-z0-9]*$/
const NAME_LENGTH_MAX = 50

/** 1: the header is exactly what is declared, in alphabetical order, our own columns last. */
export const headerIsDeclared: Check = (input) => {
  for (const dataset of FOCUS_DATASETS) {
    const expected = columnNames(DATASET_COLUMNS[dataset], { hasTags: input.facts.hasTags }).join(',')
    const found = tableOf(input.dataset, dataset).columns.join(',')
    if (found !== expected) headerFault(input, { dataset, column: null, expected, found })
  }
}

/** 2 */
export const mandatoryColumnsAreThere: Check = (input) => missing(input, OF_LEVEL('M'))

/** 3: conditional columns whose condition holds; Tags exactly where apps have tags. */
export const applicableColumnsAreThere: Check = (input) => {
  missing(
    input,
    OF_LEVEL('C').filter((name) => name !== 'Tags' || input.facts.hasTags),
  )
  if (!input.facts.hasTags && input.dataset.costAndUsage.columns.includes('Tags')) {
    headerFault(input, {
      dataset: 'CostAndUsage',
      column: 'Tags',
      expected: 'no Tags where there are none',
      found: 'Tags',
    })
  }
}

/** 4 */
export const noColumnIsUnknown: Check = (input) => {
  for (const name of input.dataset.costAndUsage.columns) {
    if (KNOWN_IN_1_4.has(name) || name.startsWith('x_')) continue
    headerFault(input, { dataset: 'CostAndUsage', column: name, expected: 'a column of 1.4 or x_', found: name })
  }
  const profile = input.facts.profile12?.columns ?? ['ProviderName', 'PublisherName']
  for (const name of ['ProviderName', 'PublisherName']) {
    if (profile.includes(name)) continue
    headerFault(input, { dataset: 'CostAndUsage', column: name, expected: `${name} in the 1.2 profile`, found: 'none' })
  }
}

/** 5 */
export const namesAreInStyle: Check = (input) => {
  for (const dataset of FOCUS_DATASETS) {
    for (const name of tableOf(input.dataset, dataset).columns) {
      if (name.length <= NAME_LENGTH_MAX && PASCAL_CASE.test(name)) continue
      const expected = `PascalCase of at most ${NAME_LENGTH_MAX} characters`
      headerFault(input, { dataset, column: name, expected, found: name })
    }
  }
}

/** 6: the metadata describes every column of the file, and no other. */
export const metadataMatchesHeader: Check = (input) => {
  const { manifest } = input.dataset
  for (const dataset of FOCUS_DATASETS) {
    const instance = manifest.DatasetInstance.find(({ FocusDatasetId }) => FocusDatasetId === dataset)
    const schema = manifest.Schema.find(({ DatasetInstanceId }) => DatasetInstanceId === instance?.DatasetInstanceId)
    const found = (schema?.ColumnDefinition ?? []).map(({ ColumnName }) => ColumnName)
    const expected = tableOf(input.dataset, dataset).columns
    if ([...found].sort().join() === [...expected].sort().join()) continue
    input.report({ dataset: 'Manifest', row: null, column: dataset, expected: expected.join(), found: found.join() })
  }
}

function missing(input: CheckInput, names: readonly string[]): void {
  for (const name of names) {
    if (input.dataset.costAndUsage.columns.includes(name)) continue
    headerFault(input, { dataset: 'CostAndUsage', column: name, expected: name, found: 'none' })
  }
}

function headerFault(
  { report }: CheckInput,
  fault: { dataset: FocusDatasetId; column: string | null; expected: string; found: string },
): void {
  report({ ...fault, row: null })
}
