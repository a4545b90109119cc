import type { z } from 'zod'
import type { FilePath } from './catalogue-facts.ts'
import { CatalogueFile } from './catalogue-file.ts'
import type { CatalogueFault } from './find-faults.ts'

/** What stands in a message; more of a text would be a payload. */
const FOUND_CHARACTERS_MAX = 60

/** A document as the file that it states, or what is wrong with it: where, what was expected and what was found. */
export function readCatalogueDocument(
  document: unknown,
): { ok: true; file: CatalogueFile } | { ok: false; faults: CatalogueFault[] } {
  const parsed = CatalogueFile.safeParse(document)
  if (parsed.success) return { ok: true, file: parsed.data }
  return { ok: false, faults: parsed.error.issues.flatMap((issue) => faultsOf(issue, document)) }
}

function faultsOf(issue: z.core.$ZodIssue, document: unknown): CatalogueFault[] {
  const at = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      at: [...at, key],
      message: `expected no member of this name, found ${quote(key)}`,
    }))
  }
  const found = valueAt(document, at)
  return [{ at, message: `${expected(issue, found)}, found ${describe(found)}` }]
}

function expected(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_type') {
    const isBareNumber = issue.expected === 'string' && typeof found === 'number'
    return isBareNumber
      ? 'expected a text in quotes, which keeps every digit'
      : `expected ${WORDS[issue.expected] ?? issue.expected}`
  }
  if (issue.code === 'invalid_value')
    return `expected ${issue.values.map((value) => quote(String(value))).join(' or ')}`
  if (issue.code === 'too_small') return `expected at least ${issue.minimum} ${UNITS[issue.origin] ?? ''}`.trim()
  if (issue.code === 'too_big') return `expected at most ${issue.maximum} ${UNITS[issue.origin] ?? ''}`.trim()
  if (issue.code === 'invalid_union') return 'expected a path, a constant, or a formula of them'
  return issue.message.startsWith('expected') ? issue.message : `expected something else (${issue.message})`
}

const WORDS: Record<string, string> = {
  string: 'a text',
  array: 'a list',
  object: 'members',
  record: 'members',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
}
const UNITS: Record<string, string> = { string: 'characters', array: 'entries' }

function valueAt(document: unknown, path: FilePath): unknown {
  return path.reduce<unknown>(
    (node, part) => (node as Record<string | number, unknown> | null | undefined)?.[part],
    document,
  )
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'members'
  return typeof value === 'string' ? quote(value) : String(value)
}

function quote(text: string): string {
  return JSON.stringify(text.length > FOUND_CHARACTERS_MAX ? `${text.slice(0, FOUND_CHARACTERS_MAX)}…` : text)
}
