// server/docs: the public pages of words, made of the facts in force: schemas, limits, problem types.
// Promises: a page names a limit or a field only where the code that enforces it says so; every page is also Markdown.
// Does not know: who reads it, how it looks.
import type { DocPage } from '../../features/docs/doc-page.ts'
import { changelogPage } from './changelog-page.ts'
import { errorsPage, PROBLEM_NAMES, problemPage } from './error-pages.ts'
import { eventsPage } from './events-page.ts'
import { focusPage } from './focus-page.ts'
import { limitsPage } from './limits-page.ts'
import { quickstartPage } from './quickstart-page.ts'
import { referencePage } from './reference-page.ts'

/** By path, in the order in which they are best read. Built when asked for: limits are those of the moment. */
const PAGES: ReadonlyMap<string, () => DocPage> = new Map([
  ['/docs/quickstart', quickstartPage],
  ['/docs', referencePage],
  ['/docs/events', eventsPage],
  ['/docs/errors', errorsPage],
  ['/docs/limits', limitsPage],
  ['/docs/focus', focusPage],
  ['/docs/changelog', changelogPage],
  ...PROBLEM_NAMES.map((name) => [`/docs/errors/${name}`, () => problemPage(name)] as const),
])

/** Every page. */
export function docsPages(): DocPage[] {
  return [...PAGES.values()].map((page) => page())
}

/** The page of a path such as /docs/limits; null if there is none. */
export function findDocsPage(path: string): DocPage | null {
  return PAGES.get(path)?.() ?? null
}
