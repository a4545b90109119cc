import type { LineView } from './statement-view.ts'

export type LineGroup = {
  key: string
  kind: 'app' | 'correction' | 'agreed'
  /** The app's slug, the corrected month, or nothing. */
  of: string | null
  lines: LineView[]
}

/** The lines as they are read: each app, by name, with what of it is exempt, then corrections by the month they correct, then what was agreed. */
export function groupLines(lines: readonly LineView[]): LineGroup[] {
  const groups = new Map<string, LineGroup>()
  for (const line of lines) {
    if (line.kind === 'rounding') continue
    const place = placeOf(line)
    const key = `${place.kind} ${place.of ?? ''}`
    const group = groups.get(key) ?? { key, ...place, lines: [] }
    groups.set(key, group)
    group.lines.push(line)
  }
  const ranks = ['app', 'correction', 'agreed']
  return [...groups.values()].sort(
    (a, b) => ranks.indexOf(a.kind) - ranks.indexOf(b.kind) || (a.kind === 'app' ? compareNames(a, b) : 0),
  )
}

function compareNames(a: LineGroup, b: LineGroup): number {
  return (a.lines[0]?.appName ?? '').localeCompare(b.lines[0]?.appName ?? '', 'en')
}

function placeOf({ kind, app, correctionOf }: LineView): Pick<LineGroup, 'kind' | 'of'> {
  if (kind === 'correction') return { kind, of: correctionOf }
  return kind === 'usage' || kind === 'exempt' ? { kind: 'app', of: app } : { kind: 'agreed', of: null }
}
