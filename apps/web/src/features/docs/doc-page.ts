// Docs: the public pages of words, as values: one source for the page that people read and its Markdown twin.
// Promises: what a page says is plain text with a little Markdown in it; nothing in here is HTML.
// Does not know: where the facts come from, how a page looks.

/** Text may have `code`, **strong** and [links](/docs). */
export type DocBlock =
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: readonly string[]; isOrdered?: boolean }
  | { kind: 'code'; language: string; text: string; label: string }
  | { kind: 'table'; label: string; head: readonly string[]; rows: readonly (readonly string[])[] }

export interface DocSection {
  /** Its anchor. */
  id: string
  title: string
  /** 2: a section; 3: a part of the one before. */
  level: 2 | 3
  blocks: readonly DocBlock[]
}

export interface DocPage {
  /** As /docs/limits. */
  path: string
  title: string
  /** One sentence: what the page is for. */
  lead: string
  sections: readonly DocSection[]
}

/** The pages, in the order of the navigation. */
export const DOC_PLACES = [
  ['/docs/quickstart', 'Quickstart'],
  ['/docs', 'API reference'],
  ['/docs/events', 'Events'],
  ['/docs/errors', 'Errors'],
  ['/docs/limits', 'Limits'],
  ['/docs/focus', 'FOCUS'],
  ['/docs/changelog', 'Changelog'],
] as const

export const text = (words: string): DocBlock => ({ kind: 'text', text: words })
export const list = (...items: string[]): DocBlock => ({ kind: 'list', items })
export const steps = (...items: string[]): DocBlock => ({ kind: 'list', items, isOrdered: true })
export const code = (language: string, label: string, words: string): DocBlock => {
  return { kind: 'code', language, text: words, label }
}
export const table = (label: string, head: readonly string[], rows: readonly (readonly string[])[]): DocBlock => ({
  kind: 'table',
  label,
  head,
  rows,
})

export const section = (title: string, ...blocks: DocBlock[]): DocSection => {
  return { id: anchorOf(title), title, level: 2, blocks }
}

/** A heading as an anchor: what is no letter or digit becomes one hyphen. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
