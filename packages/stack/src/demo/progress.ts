import path from 'node:path'
import { readJson, writePrivate } from '../private-file.ts'

interface Progress {
  /** Whose history: an app made anew, in another database, has none yet. */
  appIds: string[]
  /** Everything up to this moment was taken by the route. */
  throughMs: number
}

/** How far the demo's past has been sent, kept in `<home>/demo-history.json`. */
export interface ProgressFile {
  /** Undefined when nothing was sent for these apps yet. */
  read(): number | undefined
  write(throughMs: number): void
}

export function progressFile(input: { home: string; appIds: readonly string[] }): ProgressFile {
  const file = path.join(input.home, 'demo-history.json')
  const appIds = [...input.appIds].sort()
  return {
    read() {
      const found = readJson(file) as Partial<Progress> | null | undefined
      if (typeof found?.throughMs !== 'number' || !Array.isArray(found.appIds)) return undefined
      return JSON.stringify(found.appIds) === JSON.stringify(appIds) ? found.throughMs : undefined
    },
    write(throughMs) {
      writePrivate(file, `${JSON.stringify({ appIds, throughMs } satisfies Progress)}\n`)
    },
  }
}
