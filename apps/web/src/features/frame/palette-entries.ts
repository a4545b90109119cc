/** Something the palette offers. `href` leads there; `press` is the letter of what is pressed on the page. */
export type PaletteEntry = {
  id: string
  group: string
  name: string
  note?: string
  /** What else it is found by. */
  words?: string
} & ({ href: string } | { press: string } | { act: 'help' })

const SHOWN_MAX = 40

/**
 * The entries that hold every word typed, at the beginning of one of theirs or, after those, anywhere in them; in their own order. Nothing
 * typed: all of them.
 */
export function foundEntries(entries: readonly PaletteEntry[], typed: string): PaletteEntry[] {
  const words = plain(typed).split(/\s+/).filter(Boolean)
  if (words.length === 0) return entries.slice(0, SHOWN_MAX)
  const ranked = entries.flatMap((entry) => {
    const text = plain([entry.name, entry.note, entry.words, entry.group].filter(Boolean).join(' '))
    if (!words.every((word) => text.includes(word))) return []
    const begins = words.every((word) => ` ${plain(entry.name)}`.includes(` ${word}`))
    return [{ entry, rank: begins ? 0 : 1 }]
  })
  const order = (rank: number) => ranked.filter((found) => found.rank === rank).map(({ entry }) => entry)
  return [...order(0), ...order(1)].slice(0, SHOWN_MAX)
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .toLowerCase()
}
