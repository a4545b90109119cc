import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { until } from '@meterbook/stack/wait'
import type { Browser, Page } from '@playwright/test'
import pg from 'pg'
import type { StartedSystem } from '../started-system.ts'
import { expect, signIn, test } from './system-fixture.ts'

/** The demo's history is still being counted while these journeys begin. */
const COUNTED_MS_MAX = 120_000

test('a meter is defined, tried on events before it counts, and versioned beside the old one', async ({
  page,
  system,
}) => {
  const type = `sold.${randomUUID().slice(0, 8)}`
  await send(system, [sale(type, { seats: 3, plan: 'team' }), sale(type, { seats: 'many' })])
  await signIn(page, system, system.demo.admin)
  await page.goto(`${system.url}/admin/meters?new=meter`)
  const slug = `seats_${randomUUID().slice(0, 4)}`
  await page.getByLabel('Name', { exact: true }).fill('Seats sold')
  await page.getByLabel('Slug').fill(slug)
  await page.getByLabel('Key of the capability').fill(slug.replace('_', '.'))
  await page.getByLabel('Unit').fill('seat')
  await page.getByLabel('Event type').fill(type)
  await page.getByLabel('Value', { exact: true }).fill('seats')
  await expect(page.getByText('expected a JSON path such as')).toBeVisible()
  await page.getByLabel('Value', { exact: true }).fill('$.seats')
  await page.getByLabel('Dimensions').fill('plan = $.plan')
  const result = page.getByRole('region', { name: 'Result' })
  await expect(async () => {
    await page.getByRole('button', { name: 'Try it' }).click()
    await expect(result.getByText('1 of 2 events')).toBeVisible({ timeout: 5_000 })
  }).toPass({ timeout: COUNTED_MS_MAX })
  await expect(result.getByText('expected a number at $.seats, found the text "many"').first()).toBeVisible()
  await result.getByRole('button', { name: 'Create the meter' }).click()
  await expect(page).toHaveURL(new RegExp(`/admin/meters/${slug}$`))
  await expect(page.getByRole('heading', { name: 'Version 1' })).toBeVisible()

  await page.getByRole('link', { name: 'New version' }).click()
  await page.getByLabel('Measures from').fill('2999-01-01')
  await page.getByLabel('Value', { exact: true }).fill('$.billed')
  await page.getByRole('button', { name: 'Try it' }).click()
  await expect(result.getByText('0 of 2 events')).toBeVisible()
  await expect(result.getByRole('heading', { name: 'Beside the version in force' })).toBeVisible()
  await page.getByLabel('Value', { exact: true }).fill('$.seats')
  await expect(result.getByText('The draft was changed since')).toBeVisible()
  await page.getByRole('button', { name: 'Try it' }).click()
  await result.getByRole('button', { name: 'Record version 2' }).click()
  await expect(page.getByRole('heading', { name: 'Version 2' })).toBeVisible()
})

test('usage is held for want of a right; back-dated and approved by a second person, it counts once', async ({
  page,
  browser,
  system,
}) => {
  const app = system.demo.apps[0]
  if (app === undefined) throw new Error('expected an app in the demo')
  const second = await addPlatformAdmin(system)
  await endRight(system, { appId: app.id, capabilityKey: 'requests' })
  const id = randomUUID()
  await send(system, [{ specversion: '1.0', id, source: '/journey', type: 'request', data: { method: 'GET' } }])

  await signIn(page, system, system.demo.admin)
  await expect(async () => {
    await page.goto(`${system.url}/admin/entitlements`)
    await expect(gapRow(page, app.slug)).toBeVisible({ timeout: 10_000 })
    await expect(gapRow(page, app.slug)).not.toContainText('nothing yet', { timeout: 1_000 })
  }).toPass({ timeout: COUNTED_MS_MAX })
  await gapRow(page, app.slug).getByRole('button', { name: 'Give the right' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('the contract never ended')
  await dialog.getByRole('button', { name: 'Show what it changes' }).click()
  await expect(dialog.getByText('another person has to approve it')).toBeVisible()
  await expect(dialog.getByRole('region', { name: 'Usage that would count' })).toContainText('requests')
  await dialog.getByRole('button', { name: 'Propose it' }).click()
  await expect(dialog).toBeHidden()
  expect((await lifeOf(system, id)).verdict).toBe('quarantined')

  await page.goto(`${system.url}/admin/proposals`)
  await expect(page.getByText('the contract never ended')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Approve' })).toHaveCount(0)
  await approve(browser, system, second)
  const isCounted = async () => (await lifeOf(system, id)).verdict === 'counted'
  expect(await until(isCounted, { withinMs: COUNTED_MS_MAX, everyMs: 500 })).toBe(true)

  await send(system, [{ specversion: '1.0', id, source: '/journey', type: 'request', data: { method: 'GET' } }])
  const isRepeated = async () => (await lifeOf(system, id)).repeats === 1
  expect(await until(isRepeated, { withinMs: COUNTED_MS_MAX, everyMs: 500 })).toBe(true)
  expect((await lifeOf(system, id)).usage).toEqual([{ meter: 'requests', quantity: '1' }])
  await page.goto(`${system.url}/admin/entitlements`)
  await expect(page.getByRole('heading', { name: 'Entitlements' })).toBeVisible()
  await expect(gapRow(page, app.slug)).toHaveCount(0)
})

function sale(type: string, data: object): object {
  return { specversion: '1.0', id: randomUUID(), source: '/journey', type, data }
}

/** Sends as the demo's first app and waits until each has its verdict. */
async function send(system: StartedSystem, events: object[]): Promise<void> {
  const answer = await fetch(`${system.url}/api/v1/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.demo.apps[0]?.ingestKey}`,
      'content-type': 'application/cloudevents-batch+json',
      prefer: 'wait=10',
    },
    body: JSON.stringify(events),
  })
  expect(answer.ok, await answer.text()).toBe(true)
}

/** What the public interface says of one event: where it stands, and what it counts as. */
async function lifeOf(system: StartedSystem, id: string) {
  const answer = await fetch(`${system.url}/api/v1/events/${encodeURIComponent('/journey')}/${id}`, {
    headers: { authorization: `Bearer ${system.demo.apps[0]?.ingestKey}` },
  })
  const life = (await answer.json()) as {
    verdict?: { verdict: string }
    usage?: { meter: string; quantity: string }[]
    repeats?: { count: number }
  }
  return {
    verdict: life.verdict?.verdict ?? `unknown: ${answer.status}`,
    usage: (life.usage ?? []).map(({ meter, quantity }) => ({ meter, quantity })),
    repeats: life.repeats?.count ?? 0,
  }
}

async function onDatabase<T>(system: StartedSystem, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const services = JSON.parse(fs.readFileSync(path.join(system.home, 'services.json'), 'utf8'))
  const client = new pg.Client({ connectionString: services.postgres.url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** As if a contract had been recorded as over by mistake. */
async function endRight(system: StartedSystem, input: { appId: string; capabilityKey: string }): Promise<void> {
  await onDatabase(system, (client) =>
    client.query(
      'UPDATE entitlement SET effective_to = now() WHERE app_id = $1 AND capability_key = $2 AND effective_to IS NULL',
      [input.appId, input.capabilityKey],
    ),
  )
}

/** Another platform admin, who signs in with the first one's password. */
async function addPlatformAdmin(system: StartedSystem): Promise<{ email: string; password: string }> {
  const id = randomUUID()
  const email = `second-${id.slice(0, 8)}@meterbook.example`
  await onDatabase(system, async (client) => {
    await client.query(
      'INSERT INTO person (id, name, email, email_verified, is_platform_admin) VALUES ($1, $2, $3, true, true)',
      [id, 'The Second', email],
    )
    await client.query(
      `INSERT INTO account (id, account_id, provider_id, person_id, password)
       SELECT $1, $2, 'credential', $2, password FROM account JOIN person ON person.id = account.person_id WHERE person.email = $3`,
      [randomUUID(), id, system.demo.admin.email],
    )
  })
  return { email, password: system.demo.admin.password }
}

async function approve(
  browser: Browser,
  system: StartedSystem,
  person: { email: string; password: string },
): Promise<void> {
  const page = await browser.newPage()
  await signIn(page, system, person)
  await page.goto(`${system.url}/admin/proposals`)
  await expect(page.getByText('the contract never ended')).toBeVisible()
  await page.getByRole('button', { name: 'Approve' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /^Approve/ }).click()
  await expect(dialog).toBeHidden()
  await page.close()
}

function gapRow(page: Page, slug: string) {
  return page
    .getByRole('region', { name: 'Gaps and overlaps' })
    .getByRole('row')
    .filter({ hasText: 'Right is missing' })
    .filter({ hasText: slug })
}
