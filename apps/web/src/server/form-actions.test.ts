import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const SOURCES = path.join(import.meta.dirname, '..')
const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll(path.sep, '/'))
const textOf = (file: string) => readFileSync(path.join(SOURCES, file), 'utf8')

/** Whatever a form can call without a procedure, and the right it takes. */
const FORM_ACTIONS: Record<string, string> = {
  'server/auth/sign-in-action.ts': 'anyone: signing in and out, and what takes the token of a letter',
  'server/people/accept-action.ts': 'anyone who has the token of an invitation',
  'server/people/looking-on-action.ts': 'what the procedure states that it calls',
  'server/theme-action.ts': 'anyone: a cookie of the own browser',
}

/** Pages that ask nobody to sign in. */
const OPEN_PAGES = [
  'sign-in/page.tsx',
  'sign-in/code/page.tsx',
  'forgot/page.tsx',
  'reset/page.tsx',
  'invite/[token]/page.tsx',
  'docs/page.tsx',
  'docs/docs-page.tsx',
  'docs/[page]/page.tsx',
  'docs/[page]/[type]/page.tsx',
  'status/page.tsx',
]

/** Routes of Next, and the right that each takes. */
const NEXT_ROUTES: Record<string, string> = {
  'app/api/auth/[...all]/route.ts': 'what AUTH_PATHS states',
  'app/api/trpc/[trpc]/route.ts': 'what each procedure states',
  'app/admin/audit/export/route.ts': 'run the platform: asked for in the route',
  'app/s/[space]/exports/usage/route.ts': 'see usage: asked for in the route',
  'app/status/feed.xml/route.ts': 'anyone: nothing of a tenant is in it',
}

describe('every way into the server that is no procedure and no API route', () => {
  it('is named here with its right: forms', () => {
    const found = files.filter((file) => /\.tsx?$/.test(file) && /^['"]use server['"]/m.test(textOf(file)))
    expect(found.filter((file) => !file.endsWith('.test.ts')).sort()).toEqual(Object.keys(FORM_ACTIONS).sort())
  })

  it('is named here with its right: routes of Next', () => {
    const found = files.filter((file) => /^app\/.*\/?route\.tsx?$/.test(file))
    expect(found.sort()).toEqual(Object.keys(NEXT_ROUTES).sort())
  })

  it('asks who is looking, if it is a page, before it reads anything', () => {
    const pages = files.filter((file) => /^app\/.*page\.tsx$/.test(file))
    expect(pages.length).toBeGreaterThan(8)
    for (const page of pages) {
      const isOpen = OPEN_PAGES.some((open) => page === `app/${open}`)
      const isOfPlatform = page.startsWith('app/admin/')
      const asks = isOfPlatform ? /await requirePlatform\(\)/ : /await requirePerson\(\)/
      expect(isOpen || asks.test(textOf(page)), page).toBe(true)
    }
  })
})
