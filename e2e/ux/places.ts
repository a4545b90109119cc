import fs from 'node:fs'
import path from 'node:path'
import type { Browser } from '@playwright/test'
import type { Demo } from '../started-system.ts'
import type { SignedIn } from './sign-in.ts'

const APP = new URL('../../apps/web/src/app', import.meta.url).pathname

/** Who looks. */
export type Who = 'developer' | 'admin' | 'nobody'
/** A page in a state: its address, and as whom it is looked at. */
export interface Place {
  path: string
  as: Who
}
export type Sessions = Record<Who, SignedIn | undefined>

/** Every page of the portal, some in several states. Pages of one thing are found by the first link to one. */
export async function findPlaces(input: {
  browser: Browser
  url: string
  sessions: Sessions
  demo: Demo
}): Promise<Place[]> {
  const { space, apps } = input.demo
  const base = `/s/${space.slug}`
  const app = `${base}/apps/${apps[0]?.slug}`
  const developer = [
    base,
    `${base}?range=24h`,
    `${base}?range=24h&by=app&view=table`,
    `${base}?f=app:in:nothing-of-the-kind&range=24h`,
    `${base}/apps`,
    app,
    `${app}?view=table`,
    `${app}/settings`,
    `${base}/usage`,
    `${base}/usage?by=app,environment&view=table`,
    `${base}/usage?range=custom&from=2020-01-01&to=2020-02-01`,
    `${base}/cost`,
    `${base}/cost?view=table`,
    `${base}/events`,
    `${base}/statements`,
    await firstLink(input, 'developer', `${base}/statements`, /\/statements\/[^/?]+$/),
    `${base}/exports`,
    `${base}/quarantine`,
    `${base}/meters`,
    `${base}/keys`,
    `${base}/members`,
    `${base}/proposals`,
    `${base}/settings`,
    await frozenLink(input, base),
    '/account',
    '/docs',
    ...['quickstart', 'events', 'errors', 'limits', 'focus', 'changelog'].map((page) => `/docs/${page}`),
    await firstLink(input, 'developer', '/docs/errors', /^\/docs\/errors\/[^/?#]+$/),
    '/status',
    '/fixtures/regions',
  ]
  const admin = [
    '/admin',
    '/admin/spaces',
    await firstLink(input, 'admin', '/admin/spaces', /^\/admin\/spaces\/[^/?]+$/),
    '/admin/apps',
    '/admin/meters',
    await firstLink(input, 'admin', '/admin/meters', /^\/admin\/meters\/[^/?]+$/),
    '/admin/prices',
    await firstLink(input, 'admin', '/admin/prices', /^\/admin\/prices\/[^/?]+$/),
    ...['entitlements', 'entitlements?view=gaps', 'quarantine', 'corrections', 'periods', 'reconciliation'].map(
      (page) => `/admin/${page}`,
    ),
    ...['pipeline', 'queues', 'people', 'keys', 'proposals', 'audit'].map((page) => `/admin/${page}`),
  ]
  const nobody = ['/sign-in', '/sign-in/code', '/forgot', '/reset', '/reset?token=abc', '/invite/no-such-invitation']
  const as = (who: Who) => (path: string) => ({ path, as: who })
  return [...developer.map(as('developer')), ...admin.map(as('admin')), ...nobody.map(as('nobody'))]
}

/** Pages of the portal that no place is on, by the folders they are written in. The entry only leads on. */
export function pagesWithoutPlace(places: readonly Place[]): string[] {
  const addresses = places.map(({ path }) => path.split('?')[0] ?? '')
  return fs
    .globSync('**/page.tsx', { cwd: APP })
    .map((file) => `/${path.dirname(file)}`.replace('/.', ''))
    .filter((route) => {
      const pattern = new RegExp(`^${route.replaceAll(/\[[^\]]+\]/g, '[^/]+')}$`)
      return route !== '' && !addresses.some((address) => pattern.test(address))
    })
}

type Looking = Parameters<typeof findPlaces>[0]

/** Where the first link of a page that matches leads; the page itself where there is none, so that its absence shows as a page without place. */
async function firstLink(input: Looking, as: Who, from: string, pattern: RegExp): Promise<string> {
  const context = await input.browser.newContext({ storageState: input.sessions[as] })
  const page = await context.newPage()
  await page.goto(input.url + from)
  const hrefs = await page.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''))
  await context.close()
  return hrefs.find((href) => pattern.test(href)) ?? from
}

/** A link to the usage of now, frozen for this look. */
async function frozenLink({ browser, url, sessions, demo }: Looking, base: string): Promise<string> {
  const context = await browser.newContext({ storageState: sessions.developer })
  const answer = await context.request.post(`${url}/api/trpc/frozen.freeze`, {
    data: { space: demo.space.slug, page: '/usage', query: '' },
    headers: { origin: url },
  })
  const { result } = (await answer.json()) as { result?: { data: { id: string } } }
  await context.close()
  return `${base}/v/${result?.data.id}`
}
