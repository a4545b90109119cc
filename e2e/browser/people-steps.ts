import { createHmac, randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { Browser, Page } from '@playwright/test'
import { openPortalSession } from '../corrections/portal-session.ts'
import type { StartedSystem } from '../started-system.ts'
import { expect } from './system-fixture.ts'

const LETTER_MS_MAX = 10_000
const STEP_MS_MAX = 20_000
const TOTP_SECONDS = 30

export interface Member {
  name: string
  email: string
  password: string
  /** Signed in, in a browser context of their own. */
  page: Page
}

/** A new member of the demo's space, invited by an admin of the platform, who followed the letter and has a password. */
export async function addMember(
  browser: Browser,
  system: StartedSystem,
  role: 'viewer' | 'admin' = 'viewer',
): Promise<Member> {
  const run = randomUUID().slice(0, 6)
  const member = { name: `Noor ${run}`, email: `noor.${run}@harbour.example`, password: `a long password ${run}` }
  const admin = await openPortalSession(system.url, system.demo.admin)
  const { slug } = system.demo.space
  await admin.mutate('people.invite', { space: slug, email: member.email, role, isBillingAdmin: false, apps: [] })
  const page = await openPage(browser)
  await page.goto(await linkOfLetter(system, { to: member.email, path: '/invite/' }))
  await page.getByLabel('Your name').fill(member.name)
  await page.getByLabel('A password').fill(member.password)
  await page.getByRole('button', { name: /^Join / }).click()
  await page.waitForURL(new RegExp(`/s/${slug}`))
  return { ...member, page }
}

export async function openPage(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(STEP_MS_MAX)
  return page
}

/** The link of the newest letter to somebody that leads to `path`. */
export async function linkOfLetter(system: StartedSystem, input: { to: string; path: string }): Promise<string> {
  const folder = path.join(system.home, 'outbox')
  let link: string | undefined
  await expect(() => {
    for (const name of fs.readdirSync(folder).sort()) {
      const letter = fs
        .readFileSync(path.join(folder, name), 'utf8')
        .replace(/=\r?\n/g, '')
        .replaceAll('=3D', '=')
      if (!letter.includes(input.to)) continue
      link = letter.match(/http\S+/g)?.find((each) => each.includes(input.path)) ?? link
    }
    expect(link).toBeDefined()
  }).toPass({ timeout: LETTER_MS_MAX })
  return link as string
}

export async function signOut(page: Page, system: StartedSystem): Promise<void> {
  await page.goto(`${system.url}/account`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(/\/sign-in/)
}

/** E-mail and password, and no further: where that leads is for the caller to see. */
export async function enterPassword(page: Page, system: StartedSystem, person: { email: string; password: string }) {
  await page.goto(`${system.url}/sign-in`)
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** What an authenticator app shows for a secret (RFC 6238: SHA-1, six digits, 30 seconds), `ahead` steps from now. */
export function codeOf(secret: string, ahead = 0): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / TOTP_SECONDS) + ahead))
  const digest = createHmac('sha1', bytesOf(secret)).update(counter).digest()
  const at = (digest.at(-1) ?? 0) & 0xf
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Base 32 (RFC 4648). */
function bytesOf(secret: string): Buffer {
  const bits = [...secret.replaceAll('=', '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter))
  const text = bits.map((value) => value.toString(2).padStart(5, '0')).join('')
  return Buffer.from((text.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}
