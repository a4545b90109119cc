import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { Page } from '@playwright/test'
import type { StartedSystem } from '../started-system.ts'
import { expectSound } from './sound-page.ts'
import { expect, signIn, test } from './system-fixture.ts'

const CLICKS_MAX = 8
const JOURNEY_MS_MAX = 120_000
/** The demo's history is still being counted while this journey begins. */
const COUNTED_MS_MAX = 90_000

test('somebody who was just invited sees a first event of their own on a chart, within eight clicks and two minutes', async ({
  page,
  browser,
  system,
}) => {
  test.setTimeout(400_000)
  const link = await invited(page, system)
  const person = await (await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })).newPage()
  await countClicks(person)

  const begun = performance.now()
  await person.goto(link)
  await person.getByLabel('Your name').fill('Ilse Novak')
  await person.getByLabel('A password').fill('a long enough password')
  await person.getByRole('button', { name: /^Join / }).click()
  await person.waitForURL(/\/s\//)

  await person.getByLabel('Name of the app').fill('Tide Table')
  await person.getByRole('button', { name: 'Make the app' }).click()
  await person.getByRole('button', { name: 'Make a key' }).click()
  await expect(person.getByText('Waiting for your event')).toBeVisible()
  await expectSound(person, 'first event, waiting')
  const key = await copied(person, 'the key')
  const snippet = await copied(person, 'the curl snippet')

  // a mistake is named before it is mended
  const wrong = snippet.replace(/"type": "[^"]+"/, '"type": "no.such.type"')
  expect(run(key, wrong)).toContain('"taken"')
  await expect(person.getByText(/held: unknown type/)).toBeVisible({ timeout: COUNTED_MS_MAX })

  expect(run(key, snippet)).toContain('"taken"')
  const chart = person.getByTestId('first-event-chart')
  await expect(chart).toHaveAttribute('data-counted', '1', { timeout: COUNTED_MS_MAX })
  await expect(chart.locator('svg.chart:visible path').first()).toBeVisible()
  const tookMs = performance.now() - begun
  const clicks = await clicksOf(person)
  console.log(`first event on a chart after ${clicks} clicks and ${Math.round(tookMs / 100) / 10} s`)
  expect(clicks).toBeLessThanOrEqual(CLICKS_MAX)
  expect(tookMs).toBeLessThanOrEqual(JOURNEY_MS_MAX)
  await expectSound(person, 'first event, arrived')

  // from then on the space opens with its figures
  await person.getByRole('link', { name: 'See its usage' }).click()
  await expect(person.getByTestId('live-rate')).toBeVisible()
  await person.context().close()
})

/** An admin of the platform makes a space and invites its first admin; the link of the letter. */
async function invited(page: Page, system: StartedSystem): Promise<string> {
  const run = randomUUID().slice(0, 6)
  const email = `ilse.${run}@harbour.example`
  await signIn(page, system, system.demo.admin)
  await page.goto(`${system.url}/admin/spaces`)
  await page.getByRole('button', { name: 'New space' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: true }).fill(`Tide Lab ${run}`)
  await dialog.getByLabel('Slug').fill(`tide-lab-${run}`)
  await dialog.getByLabel('Price book').selectOption({ index: 1 })
  await dialog.getByRole('button', { name: 'Make the space' }).click()
  await expect(dialog).toBeHidden()
  await page.goto(`${system.url}/s/tide-lab-${run}/members`)
  await page.getByRole('button', { name: 'Invite' }).click()
  await dialog.getByLabel('E-mail').fill(email)
  await dialog.getByLabel('Role').selectOption('admin')
  await dialog.getByRole('button', { name: 'Send the invitation' }).click()
  await expect(page.getByText(`The invitation for ${email} is on its way.`)).toBeVisible()
  let link: string | undefined
  await expect(() => {
    const folder = path.join(system.home, 'outbox')
    for (const name of fs.readdirSync(folder)) {
      const letter = fs.readFileSync(path.join(folder, name), 'utf8').replace(/=\r?\n/g, '')
      if (letter.includes(email)) link = /http\S+\/invite\/[\w-]{43}/.exec(letter)?.[0]
    }
    expect(link).toBeDefined()
  }).toPass({ timeout: 10_000 })
  return link as string
}

/** What a person takes along with the button beside it. */
async function copied(page: Page, label: string): Promise<string> {
  await page.getByRole('button', { name: `Copy ${label}` }).click()
  await expect(page.getByRole('button', { name: `Copy ${label}` })).toHaveText(/Copied/)
  return page.evaluate(() => navigator.clipboard.readText())
}

/** As a person does it: both lines in one shell. The printed receipt. */
function run(key: string, snippet: string): string {
  return execFileSync('bash', ['-c', `${key}\n${snippet}`], { encoding: 'utf8' })
}

/** Counted in the page, over navigations. */
async function countClicks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    addEventListener(
      'click',
      ({ isTrusted }) => {
        if (isTrusted) sessionStorage.setItem('clicks', String(Number(sessionStorage.getItem('clicks') ?? 0) + 1))
      },
      true,
    )
  })
}

async function clicksOf(page: Page): Promise<number> {
  return page.evaluate(() => Number(sessionStorage.getItem('clicks') ?? 0))
}
