import fs from 'node:fs'
import path from 'node:path'
import type { Browser } from '@playwright/test'
import type { Demo } from '../started-system.ts'
import { settled } from './look-at-pages.ts'
import type { Place, Sessions, Who } from './places.ts'

const HEIGHT = 1000
/** Of WebP: text stays sharp, and a picture is some 60 kB. */
const QUALITY = 82
const LOOKS = {
  wide: { width: 1440, theme: 'light' },
  dark: { width: 1440, theme: 'dark' },
  phone: { width: 360, theme: 'light' },
} as const

type Look = keyof typeof LOOKS
type Picture = Place & { name: string; looks: Look[] }

/** A page, the name of its picture, and how it is taken. */
function picturesOf({ space, apps }: Demo, places: readonly Place[]): Picture[] {
  const base = `/s/${space.slug}`
  const found = (as: Who, pattern: RegExp) => places.find((place) => place.as === as && pattern.test(place.path))?.path
  const developer = (name: string, at: string, looks: Look[] = ['wide']): Picture => ({
    ...{ name, path: at, as: 'developer', looks },
  })
  const admin = (name: string, at: string): Picture => ({ name, path: at, as: 'admin', looks: ['wide'] })
  return [
    developer('overview', base, ['wide', 'dark', 'phone']),
    developer('usage', `${base}/usage`, ['wide', 'dark', 'phone']),
    developer('cost', `${base}/cost`, ['wide', 'dark', 'phone']),
    developer('app', `${base}/apps/${apps[0]?.slug}`, ['wide', 'phone']),
    developer('apps', `${base}/apps`),
    developer('app-settings', `${base}/apps/${apps[0]?.slug}/settings`),
    developer('events', `${base}/events`, ['wide', 'phone']),
    developer('statements', `${base}/statements`),
    developer('statement', found('developer', /\/statements\/[^/?]+$/) ?? `${base}/statements`, [
      'wide',
      'dark',
      'phone',
    ]),
    developer('quarantine', `${base}/quarantine`),
    developer('keys', `${base}/keys`),
    developer('exports', `${base}/exports`),
    developer('meters', `${base}/meters`),
    developer('members', `${base}/members`),
    developer('proposals', `${base}/proposals`),
    developer('settings', `${base}/settings`),
    developer('account', '/account'),
    developer('docs', '/docs/quickstart'),
    developer('reference', '/docs'),
    developer('status', '/status', ['wide', 'phone']),
    { name: 'sign-in', path: '/sign-in', as: 'nobody', looks: ['wide'] },
    admin('admin', '/admin'),
    ...[
      ...['spaces', 'apps', 'meters', 'prices', 'entitlements', 'quarantine', 'corrections', 'periods'],
      ...['reconciliation', 'pipeline', 'queues', 'people', 'keys', 'proposals', 'audit'],
    ].map((page) => admin(`admin-${page}`, `/admin/${page}`)),
    ...(['spaces', 'meters', 'prices'] as const).flatMap((part) => {
      const at = found('admin', new RegExp(`^/admin/${part}/`))
      return at === undefined ? [] : [admin(`admin-one-of-${part}`, at)]
    }),
  ]
}

/** Writes `<name>-<look>.webp` of each page into a folder. Returns what could not be taken, in words. */
export async function takePictures(input: {
  browser: Browser
  url: string
  sessions: Sessions
  demo: Demo
  places: readonly Place[]
  folder: string
}): Promise<string[]> {
  const { url, folder } = input
  fs.mkdirSync(folder, { recursive: true })
  const faults: string[] = []
  for (const { name, path: at, as, looks } of picturesOf(input.demo, input.places)) {
    for (const look of looks) {
      const { width, theme } = LOOKS[look]
      const context = await input.browser.newContext({
        viewport: { width, height: HEIGHT },
        colorScheme: theme,
        reducedMotion: 'reduce',
        storageState: input.sessions[as],
      })
      const page = await context.newPage()
      const answer = await page.goto(url + at)
      if (answer === null || !answer.ok()) faults.push(`${at} answered ${answer?.status()}`)
      await settled(page)
      const session = await context.newCDPSession(page)
      const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY })
      fs.writeFileSync(path.join(folder, `${name}-${look}.webp`), Buffer.from(data, 'base64'))
      await context.close()
    }
  }
  return faults
}
