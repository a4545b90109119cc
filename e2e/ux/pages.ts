import type { Demo } from '../started-system.ts'

/** The pages that a developer sees of their space, and those that nobody has to sign in for. One that is not there fails its look. */
export function pagesOf({ space, apps }: Demo): string[] {
  const base = `/s/${space.slug}`
  const app = `${base}/apps/${apps[0]?.slug}`
  return [
    base,
    `${base}?range=24h`,
    `${base}?range=24h&by=app&view=table`,
    `${base}/apps`,
    app,
    `${base}/usage`,
    `${base}/usage?by=app,environment&view=table`,
    `${base}/cost`,
    `${base}/events`,
    `${base}/statements`,
    `${base}/exports`,
    `${base}/quarantine`,
    `${base}/meters`,
    `${base}/keys`,
    `${base}/members`,
    `${base}/settings`,
    '/account',
    '/docs',
    '/docs/quickstart',
    '/docs/errors',
    '/status',
    '/fixtures/regions',
  ]
}
