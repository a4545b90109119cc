import { test as base, type Page } from '@playwright/test'
import { type StartedSystem, startSystem } from '../started-system.ts'

/** One system for all journeys: started by the product's own command, with its demo. */
export const test = base.extend<{ guard: undefined }, { system: StartedSystem }>({
  system: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's needs off this pattern
    async ({}, use) => {
      const system = await startSystem({ env: { METERBOOK_FIXTURES: '1' } })
      await use(system)
      await system.stop()
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  /** Every journey fails on an error in the console and on any request that leaves the origin. */
  guard: [
    async ({ page, system }, use) => {
      const faults: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(`console: ${message.text()}`)
      })
      page.on('pageerror', (error) => faults.push(`page: ${error.message}`))
      page.on('request', (request) => {
        const url = request.url()
        if (!url.startsWith(system.url) && !url.startsWith('data:') && !url.startsWith('blob:'))
          faults.push(`off-origin: ${url}`)
      })
      await use(undefined)
      base.expect(faults).toEqual([])
    },
    { auto: true },
  ],
})

export const expect = test.expect

export async function signIn(
  page: Page,
  system: StartedSystem,
  person: { email: string; password: string } = system.demo.signIn,
): Promise<void> {
  await page.goto(`${system.url}/sign-in`)
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(/\/s\//)
}
