import { describe, expect, it } from 'vitest'
import { groupLines } from './line-groups.ts'
import { curlOf, readOpened, statementFiles, statementPath, writeOpened } from './statement-address.ts'
import type { LineView } from './statement-view.ts'
import { tierWords } from './statement-words.ts'

const line = (over: Partial<LineView>): LineView => ({
  id: 'a1',
  number: 1,
  kind: 'usage',
  app: 'billing-sync',
  appName: 'Billing Sync',
  capability: 'functions.duration',
  capabilityName: 'Functions: Duration',
  description: 'Billing Sync: Functions: Duration',
  quantity: '1',
  unit: 'GB-second',
  amount: '1',
  exempt: false,
  correctionOf: null,
  entries: 1,
  ...over,
})

describe('the lines of a statement', () => {
  it('an app has its exempt usage beside what it pays for, and every line stands in one place', () => {
    const lines = [
      line({ id: '1' }),
      line({ id: '2', app: 'asset-ledger', appName: 'Asset Ledger' }),
      line({ id: '3', kind: 'exempt', exempt: true }),
      line({ id: '4', kind: 'correction', correctionOf: '2026-09-01T00:00:00Z' }),
      line({ id: '5', kind: 'discount', app: null }),
      line({ id: '6', kind: 'minimum', app: null }),
      line({ id: '7', kind: 'correction', correctionOf: '2026-09-01T00:00:00Z', app: 'doc-relay' }),
      line({ id: '8', kind: 'correction', correctionOf: '2026-08-01T00:00:00Z' }),
    ]
    expect(groupLines(lines).map(({ kind, of, lines }) => [kind, of, lines.map(({ id }) => id)])).toEqual([
      ['app', 'asset-ledger', ['2']],
      ['app', 'billing-sync', ['1', '3']],
      ['correction', '2026-09-01T00:00:00Z', ['4', '7']],
      ['correction', '2026-08-01T00:00:00Z', ['8']],
      ['agreed', null, ['5', '6']],
    ])
  })
  it('rounding is no line among others: it is said at the foot', () => {
    expect(groupLines([line({ kind: 'rounding', app: null })])).toEqual([])
  })
  it('a tier is named, and one that nobody named is shown as it is', () => {
    expect(['allowance', 'tier_2', 'flat_1', 'unpriced', 'someday'].map(tierWords)).toEqual([
      'Included',
      'Tier 2',
      'Flat fee of tier 1',
      'No price in force',
      'someday',
    ])
  })
})

describe('addresses of statements', () => {
  const opened = (text: string) => {
    const params = new URLSearchParams(text)
    return readOpened((key) => params.get(key))
  }
  it('what is open beside a statement is read back from its address', () => {
    for (const one of [
      { line: 'a1b2', entry: '17' },
      { line: 'a1b2', entry: null },
      { line: null, entry: null },
    ])
      expect(opened(writeOpened(one))).toEqual(one)
  })
  it('an entry without its line, or one that is no number, opens nothing', () => {
    expect(opened('entry=5')).toEqual({ line: null, entry: null })
    expect(opened('line=a&entry=-5')).toEqual({ line: 'a', entry: null })
    expect(opened('line=a&entry=5%27')).toEqual({ line: 'a', entry: null })
  })
  it('an id is part of a path and never more', () => {
    expect(statementPath('fernline', 'a/../b?c')).toBe('/s/fernline/statements/a%2F..%2Fb%3Fc')
    expect(statementFiles('2026-10-fernline').map(({ href }) => href)).toEqual([
      '/api/v1/statements/2026-10-fernline/export?format=csv',
      '/api/v1/statements/2026-10-fernline/export?format=csv&dataset=entries',
      '/api/v1/statements/2026-10-fernline/export?format=parquet',
      '/api/v1/statements/2026-10-fernline/export?format=parquet&dataset=entries',
      '/api/v1/statements/2026-10-fernline/export?format=focus&profile=1.4',
      '/api/v1/statements/2026-10-fernline/export?format=focus&profile=1.2',
    ])
  })
  it('the copied command names the session and does not hold it', () => {
    expect(curlOf('https://meter.example', '/api/v1/statements/x')).toBe(
      'curl --cookie "$METERBOOK_SESSION" "https://meter.example/api/v1/statements/x"',
    )
  })
})
