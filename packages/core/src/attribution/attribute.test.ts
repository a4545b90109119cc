import { describe, expect, test } from 'vitest'
import { CatalogueDocument, compileCatalogue } from '../catalogue/index.ts'
import { TEST_INSTALLATION } from '../event/index.ts'
import { attribute } from './attribute.ts'

const JULY = 1_782_864_000_000_000n
const catalogue = compileCatalogue(
  CatalogueDocument.parse({
    revision: '1',
    apps: [],
    ownerships: [
      { appId: 'app', spaceId: 'first', from: '2026-01-01T00:00:00Z', to: '2026-07-01T00:00:00Z' },
      { appId: 'app', spaceId: 'second', from: '2026-07-01T00:00:00Z', to: null },
    ],
    installations: [
      { appId: 'app', key: 'site', exempt: true, from: '2026-07-01T00:00:00Z', to: '2026-07-02T00:00:00Z' },
    ],
    meters: [],
    subscriptions: [],
    entitlements: [],
  }),
)
const of = (at: bigint, installation: string | null = null, appId = 'app') =>
  attribute({ catalogue, appId, installation, at })

describe('attribution', () => {
  test('usage belongs to whoever owned the app when it happened: a move splits it at the microsecond', () => {
    expect(of(JULY - 1n)).toEqual({ ok: true, spaceId: 'first', isExempt: false })
    expect(of(JULY)).toEqual({ ok: true, spaceId: 'second', isExempt: false })
  })

  test('usage that nobody owned is unattributed, saying which app and when', () => {
    const fault = of(JULY, null, 'stray')
    expect(fault).toMatchObject({ ok: false, code: 'unattributed' })
    expect(fault).toHaveProperty('detail', expect.stringContaining('stray at 2026-07-01T00:00:00Z'))
  })

  test('an exempt installation is exempt as of the event’s time, and still belongs to the space', () => {
    expect(of(JULY - 1n, 'site')).toEqual({ ok: true, spaceId: 'first', isExempt: false })
    expect(of(JULY, 'site')).toEqual({ ok: true, spaceId: 'second', isExempt: true })
    expect(of(JULY + 86_400_000_000n, 'site')).toEqual({ ok: true, spaceId: 'second', isExempt: false })
    expect(of(JULY, 'another')).toEqual({ ok: true, spaceId: 'second', isExempt: false })
  })

  test('a test event costs nothing in any app at any time, though no installation of that name is in the catalogue', () => {
    for (const at of [JULY - 1n, JULY, JULY + 86_400_000_000n]) {
      expect(of(at, TEST_INSTALLATION)).toMatchObject({ ok: true, isExempt: true })
    }
    expect(of(JULY, TEST_INSTALLATION.toUpperCase())).toMatchObject({ isExempt: false })
  })
})
