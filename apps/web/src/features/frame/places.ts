import type { FrameFacts } from './frame-context.tsx'

export type Place = {
  /** Beneath the space: `/apps`; empty for the overview. */
  path: string
  name: string
  /** After g. */
  letter?: string
  /** What else somebody may call it. */
  words?: string
  /** Who is shown the way; left out: everyone in the space. */
  for?: (facts: Pick<FrameFacts, 'role' | 'maySeeCost'>) => boolean
  /** Whether pages beneath it have no entry of their own. */
  isBranch?: boolean
}

export type Section = { name: string | null; places: Place[] }

const isAdmin = ({ role }: Pick<FrameFacts, 'role'>) => role === 'admin' || role === 'platform'
const isMaker = ({ role }: Pick<FrameFacts, 'role'>) => role !== 'viewer'

/**
 * Where one can go within a space: the navigation, the palette and the letters after g are made of this list. A page is entered here when it
 * exists. A section without a name is the first one; `space` stands for the space's own name.
 */
export const SECTIONS: readonly Section[] = [
  {
    name: null,
    places: [
      { path: '', name: 'Overview', letter: 'o', words: 'home spent' },
      { path: '/usage', name: 'Usage', letter: 'u', words: 'explore meters quantities' },
      { path: '/cost', name: 'Cost', letter: 'c', words: 'money spend explore', for: ({ maySeeCost }) => maySeeCost },
      { path: '/apps', name: 'Apps', letter: 'a' },
      { path: '/events', name: 'Events', letter: 'e', words: 'search receipt tail live', for: isMaker },
      { path: '/statements', name: 'Statements', letter: 's', words: 'bill invoice month', isBranch: true },
    ],
  },
  {
    name: 'Watch',
    places: [
      { path: '/quarantine', name: 'Quarantine', letter: 'q', words: 'held events', for: isMaker },
      { path: '/proposals', name: 'Proposals', letter: 'p', words: 'approve', for: isAdmin },
    ],
  },
  {
    name: 'Connect',
    places: [
      { path: '/keys', name: 'Keys and ingest', letter: 'k', words: 'secret token send', for: isMaker },
      { path: '/exports', name: 'Exports', letter: 'x', words: 'csv parquet focus files download' },
      { path: '/meters', name: 'Meters', letter: 'm', words: 'units prices definitions' },
    ],
  },
  {
    name: 'space',
    places: [
      { path: '/members', name: 'Members', letter: 'n', words: 'people invite', for: isAdmin },
      { path: '/settings', name: 'Settings', letter: ',', words: 'zone name new app', for: isAdmin },
    ],
  },
]

/** Pages outside of every space. */
export const OUTSIDE: readonly { href: string; name: string; words?: string }[] = [
  { href: '/docs', name: 'Docs', words: 'api reference quickstart errors limits' },
  { href: '/status', name: 'Status', words: 'incidents latency health' },
]

/** The sections with what this person is shown; sections with nothing are left out. */
export function sectionsFor(facts: Pick<FrameFacts, 'role' | 'maySeeCost'>): Section[] {
  return SECTIONS.map(({ name, places }) => ({
    name,
    places: places.filter((place) => place.for?.(facts) ?? true),
  })).filter(({ places }) => places.length > 0)
}
