import { describe, expect, test } from 'vitest'
import { COMMANDS } from './command-list.ts'

/** Every command takes these, whatever it does. */
const EVERYWHERE = ['json', 'help']

describe.each(COMMANDS.map((command) => [command.name, command] as const))(
  '--help of %s',
  (name, { help, options }) => {
    const named = new Set([...help.matchAll(/--([a-z][a-z-]*[a-z])/g)].map(([, option = '']) => option))

    test('explains every option that the command takes, and promises none that it does not', () => {
      const taken = [...Object.keys(options), ...EVERYWHERE]
      // A shell's script has its own --, as other commands that a help tells to run have.
      const others = new Set(name === 'completion' ? ['prefix', 'silent'] : [])
      expect([...named].filter((option) => !others.has(option)).sort()).toEqual(
        name === 'completion' ? [] : taken.sort(),
      )
    })

    test('begins with how it is run, and ends with how it ends', () => {
      expect(help).toMatch(new RegExp(`^npm run meterbook -- ${name}\\b`))
      expect(help).toMatch(/\n\nExit: 0 [^\n]*, 2 [^\n]*\.$/)
      for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(170)
    })
  },
)

test('no two commands have one name, and each has a line in the list', () => {
  expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length)
  for (const { summary } of COMMANDS) expect(summary).toMatch(/^[a-z]\S* .*[^.]$/)
})
