import { describe, expect, it } from 'vitest'
import { foundEntries, type PaletteEntry } from './palette-entries.ts'

const entry = (name: string, words?: string): PaletteEntry => ({
  id: name,
  group: 'Pages',
  name,
  href: '/',
  ...(words && { words }),
})
const ENTRIES = [
  entry('Statements', 'bill invoice'),
  entry('Billing Sync'),
  entry('Café Élan'),
  entry('Keys and ingest'),
]
const names = (typed: string) => foundEntries(ENTRIES, typed).map(({ name }) => name)

describe('the palette', () => {
  it('finds by the beginning of a name first, then by anything it is known by', () => {
    expect(names('bill')).toEqual(['Billing Sync', 'Statements'])
    expect(names('ing')).toEqual(['Keys and ingest', 'Billing Sync'])
  })
  it('finds what holds all the words, in any order and without accents', () => {
    expect(names('ingest keys')).toEqual(['Keys and ingest'])
    expect(names('cafe elan')).toEqual(['Café Élan'])
    expect(names('keys sync')).toEqual([])
  })
  it('shows everything before anything is typed', () => {
    expect(names('  ')).toHaveLength(ENTRIES.length)
  })
})
