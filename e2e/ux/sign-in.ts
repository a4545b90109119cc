import type { Browser, BrowserContext } from '@playwright/test'

/** What a browser keeps of a sign-in. */
export type SignedIn = Awaited<ReturnType<BrowserContext['storageState']>>

/** As a person does it, once: asking for every page anew would look like guessing. */
export async function signIn(input: {
  browser: Browser
  url: string
  person: { email: string; password: string }
}): Promise<SignedIn> {
  const { browser, url, person } = input
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${url}/sign-in`)
  await page.getByLabel(/e-?mail/i).fill(person.email)
  await page.getByLabel(/^password/i).fill(person.password)
  await page.getByRole('button', { name: /^sign in$/i }).click()
  await page.waitForURL((at) => !at.pathname.startsWith('/sign-in'))
  const state = await context.storageState()
  await context.close()
  return state
}
