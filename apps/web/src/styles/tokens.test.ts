import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const css = fs.readFileSync(path.join(import.meta.dirname, 'tokens.css'), 'utf8').replace(/\/\*.*?\*\//gs, '')

const declarationsAfter = (selector: string): string[] => {
  const start = css.indexOf(selector)
  if (start < 0) throw new Error(`tokens.css has no ${selector}`)
  const block = css.slice(css.indexOf('{', start) + 1, css.indexOf('}', start))
  return block
    .split(';')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter(Boolean)
}

describe('tokens', () => {
  it('the dark theme is the same by system and by switch', () => {
    const bySystem = declarationsAfter(':root:not([data-theme="light"])')
    expect(bySystem.length).toBeGreaterThan(20)
    expect(declarationsAfter(':root[data-theme="dark"]')).toEqual(bySystem)
  })
  it('every dark value replaces a light one of the same name', () => {
    const names = (lines: string[]) => lines.map((line) => line.split(':')[0])
    const light = names(declarationsAfter(':root'))
    for (const name of names(declarationsAfter(':root[data-theme="dark"]'))) expect(light).toContain(name)
  })
})
