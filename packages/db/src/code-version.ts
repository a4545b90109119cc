import fs from 'node:fs'
import path from 'node:path'

/** The longest name that Postgres keeps of a session. */
const SESSION_NAME_MAX = 63
/** Asked for when it is needed: a bundler knows no folder of a file. */
const checkout = () => path.resolve(import.meta.dirname, '..', '..', '..')

/**
 * Which code this process runs: METERBOOK_VERSION, which an image sets when it is built, or the checkout's commit, or where there is neither
 * the number in package.json. A change that is not committed does not show.
 */
export function codeVersion(env: Record<string, string | undefined>): string {
  return env.METERBOOK_VERSION || commitOf(path.join(checkout(), '.git')) || numberOf(checkout())
}

/** What a process calls itself in Postgres, so that it can be seen from outside which code it runs. */
export function sessionName(process: string, version: string): string {
  return `${process} ${version}`.slice(0, SESSION_NAME_MAX)
}

/** Process and version of such a name; null for any other. */
export function readSessionName(name: string): { process: string; version: string } | null {
  const match = /^(meterbook-(?:web|worker)) (\S+)$/.exec(name)
  return match ? { process: match[1] ?? '', version: match[2] ?? '' } : null
}

function commitOf(git: string): string | null {
  const head = read(path.join(git, 'HEAD'))
  const ref = /^ref: (\S+)/.exec(head)?.[1]
  if (ref === undefined) return shortOf(head)
  const packed = read(path.join(git, 'packed-refs')).split('\n')
  return shortOf(read(path.join(git, ref))) ?? shortOf(packed.find((line) => line.endsWith(` ${ref}`)) ?? '')
}

function shortOf(text: string): string | null {
  return /^[0-9a-f]{40}/.exec(text)?.[0].slice(0, 12) ?? null
}

function numberOf(folder: string): string {
  return (JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string }).version
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return '' // not a checkout, or not that way
  }
}
