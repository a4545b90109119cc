import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { callTRPCProcedure, initTRPC, TRPCError } from '@trpc/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CurrentPerson } from '../auth/current-person.ts'
import { type CallerTestDatabase, createCallerTestDatabase } from './caller-on-test-database.ts'
import { type ProcedureMeta, router } from './procedures.ts'
import { appRouter } from './router.ts'
import { holdsRight, type SpaceRight } from './space-right.ts'

type Definition = {
  type: 'query' | 'mutation' | 'subscription'
  meta?: ProcedureMeta
  middlewares: ((...args: never[]) => unknown)[]
}
type Role = { person: CurrentPerson | null; access: Parameters<typeof holdsRight>[0] }
type Asked = { space?: string; app?: string }

const PROCEDURES = Object.entries(appRouter._def.procedures as unknown as Record<string, { _def: Definition }>).map(
  ([path, { _def: definition }]) => ({ path, definition }),
)

let database: CallerTestDatabase
const roles = new Map<string, Role>()
beforeAll(async () => {
  database = await createCallerTestDatabase()
  const { personOf } = database
  const ours = { space: 'ours' } as const
  const of = (person: CurrentPerson | null, access: Role['access'] = { role: 'viewer' }): Role => ({ person, access })
  const admin = of(await personOf({ ...ours, role: 'admin' }), { role: 'admin' })
  const platform = await personOf({ isPlatformAdmin: true })
  roles.set('nobody', of(null))
  roles.set('a stranger', of(await personOf({})))
  roles.set('a viewer', of(await personOf({ ...ours, role: 'viewer' })))
  const developer = await personOf({ ...ours, role: 'developer', apps: ['one'] })
  roles.set('a developer', of(developer, { role: 'developer' }))
  roles.set('an admin of the space', admin)
  const billing = await personOf({ ...ours, role: 'viewer', isBillingAdmin: true })
  roles.set('a billing admin', of(billing, { role: 'viewer', isBillingAdmin: true }))
  roles.set('an admin of the platform', of(platform, { role: 'platform' }))
  const viewedBy = { id: platform.id, name: platform.name, until: new Date(Date.now() + 60_000) }
  roles.set('who looks on as an admin', of({ ...(admin.person as CurrentPerson), viewedBy }, admin.access))
  // What is judged here is who may: nothing is read or changed, whatever a procedure does and whatever it takes.
  for (const { definition } of PROCEDURES) {
    const judged = async ({ ctx }: { ctx: unknown }) => ({ ok: true, data: 'judged', ctx })
    definition.middlewares = [...definition.middlewares.slice(0, -1), judged as never]
  }
})
afterAll(() => database.drop())

/** The ways to ask: own space and app, another's, and what is nowhere. Every one carries members that no input knows. */
const PLACES: Record<string, Asked> = {
  'no place': {},
  'the own space': { space: 'ours', app: 'one' },
  'an app that is not theirs to see': { space: 'ours', app: 'two' },
  'another’s app in the own space': { space: 'ours', app: 'far' },
  'another space': { space: 'theirs', app: 'far' },
  'a space that is nowhere': { space: 'nowhere', app: 'one' },
}

describe('who may what: every procedure of the router', () => {
  it('states its right', () => {
    expect(PROCEDURES.length).toBeGreaterThan(15)
    for (const { path, definition } of PROCEDURES) {
      expect(definition.meta?.right, path).toBeTruthy()
      expect(definition.meta?.within, path).toBeTruthy()
    }
  })

  it.each(PROCEDURES)(
    '$path answers each role, in its own space and in others’, as that right says, before it judges anything else',
    async ({ path, definition }) => {
      const wrong: string[] = []
      for (const [name, role] of roles) {
        const outcomes = Object.entries(PLACES).map(async ([place, asked]) => {
          const expected = expectedOf(definition, role, asked)
          const found = await outcomeOf(path, definition, role, asked)
          if (found !== expected) wrong.push(`${name}, ${place}: expected ${expected}, found ${found}`)
        })
        await Promise.all(outcomes)
      }
      expect(wrong).toEqual([])
    },
  )

  it('that lets who looks on change something is the one that ends it', () => {
    const open = PROCEDURES.filter(({ definition }) => definition.meta?.whileLookingOn === true)
    expect(open.map(({ path }) => path).filter((path) => path !== 'people.endLookingOn')).toEqual([])
  })

  it('comes from the one builder: a router with any other does not load', () => {
    const other = initTRPC.meta<ProcedureMeta>().create()
    const bare = other.procedure.query(() => 'everything') as never
    expect(() => router({ bare })).toThrow('bare states no right')
    expect(() => router({ inside: { bare } as never })).toThrow('inside.bare states no right')
    const folder = join(import.meta.dirname, '..')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const makers = files.filter(
      (file) => /(?<!\.test)\.tsx?$/.test(file) && readFileSync(join(folder, file), 'utf8').includes('initTRPC'),
    )
    expect(makers).toEqual([join('trpc', 'procedures.ts')])
  })
})

/** What the stated right promises. `allowed` is everything that is no refusal of authority. */
function expectedOf({ meta, type }: Definition, { person, access }: Role, { space, app }: Asked): string {
  if (meta === undefined) return 'a stated right'
  const { right, within } = meta
  if (person === null) return 'UNAUTHORIZED'
  if (person.viewedBy && (type === 'mutation' || right === 'own account') && !meta.whileLookingOn) return 'FORBIDDEN'
  if (right === 'run the platform') return person.isPlatformAdmin ? 'allowed' : 'FORBIDDEN'
  if (within === 'nothing') return 'allowed'
  if (space === undefined) {
    if (within !== 'space or platform') return 'allowed' // it names no place at all: a malformed request, for everybody
    return person.isPlatformAdmin ? 'allowed' : 'FORBIDDEN'
  }
  const isMember = roles.get('a stranger')?.person !== person && space === 'ours'
  if (!(isMember || (person.isPlatformAdmin && space !== 'nowhere'))) return 'NOT_FOUND'
  if (!holdsRight(access, right as SpaceRight)) return 'FORBIDDEN'
  if (within !== 'app') return 'allowed'
  const isThere = space === 'theirs' ? app === 'far' : app !== 'far'
  return isThere && (access.role !== 'developer' || app === 'one') ? 'allowed' : 'NOT_FOUND'
}

async function outcomeOf(path: string, { type }: Definition, { person }: Role, asked: Asked): Promise<string> {
  try {
    const input = { ...asked, '': 'no input knows this' }
    const call = { router: appRouter, path, type, ctx: { person }, getRawInput: async () => input, batchIndex: 0 }
    expect(await callTRPCProcedure({ ...call, signal: undefined })).toBe('judged')
    return 'allowed'
  } catch (error) {
    if (!(error instanceof TRPCError)) throw error
    return error.code === 'BAD_REQUEST' ? 'allowed' : error.code
  }
}
