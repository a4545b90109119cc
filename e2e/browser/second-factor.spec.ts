import { addMember, codeOf, enterPassword, linkOfLetter, openPage, signOut } from './people-steps.ts'
import { expectSound } from './sound-page.ts'
import { expect, test } from './system-fixture.ts'

test('a second factor is asked for once it is set up: the password alone opens nothing, a backup code opens once', async ({
  browser,
  system,
}) => {
  test.setTimeout(300_000)
  const member = await addMember(browser, system)
  const { page } = member
  const space = `${system.url}/s/${system.demo.space.slug}`

  // set up: a code that is wrong turns nothing on
  await page.goto(`${system.url}/account`)
  await page.getByRole('button', { name: 'Set it up' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Your password').fill('not the password')
  await dialog.getByRole('button', { name: 'Go on' }).click()
  await expect(dialog.getByText('This is not your password.')).toBeVisible()
  await dialog.getByLabel('Your password').fill(member.password)
  await dialog.getByRole('button', { name: 'Go on' }).click()
  await expect(dialog.getByRole('img', { name: 'QR code of the secret' })).toBeVisible()
  await expectSound(page, '/account, setting up')
  const secret = (await dialog.locator('code').textContent()) ?? ''
  await dialog.getByLabel('Code').fill(wrongCodeFor(secret))
  await dialog.getByRole('button', { name: 'Turn it on' }).click()
  await expect(dialog.getByText('This code is not right')).toBeVisible()
  await dialog.getByLabel('Code').fill(codeOf(secret))
  await dialog.getByRole('button', { name: 'Turn it on' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText('On: after your password')).toBeVisible()
  const shown = page.getByText('Keep these backup codes').locator('..').locator('code')
  const [first = '', second = ''] = ((await shown.textContent()) ?? '').split('\n')
  expect(first.length).toBeGreaterThanOrEqual(8)
  expect(second).not.toBe(first)

  // the password leads to the second step, and to nothing else
  await signOut(page, system)
  await enterPassword(page, system, member)
  await page.waitForURL(/\/sign-in\/code/)
  await expectSound(page, '/sign-in/code')
  await page.goto(space)
  await expect(page).toHaveURL(/\/sign-in/)
  await enterPassword(page, system, member)
  await page.waitForURL(/\/sign-in\/code/)
  await page.getByLabel('Code').fill(wrongCodeFor(secret))
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByText('This code is not right')).toBeVisible()
  await page.getByLabel('Code').fill(codeOf(secret))
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.waitForURL(/\/s\//)

  // a backup code opens once
  await signOut(page, system)
  await enterPassword(page, system, member)
  await page.getByLabel('Code').fill(first)
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.waitForURL(/\/s\//)
  await signOut(page, system)
  await enterPassword(page, system, member)
  await page.getByLabel('Code').fill(first)
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByText('This code is not right')).toBeVisible()
  await page.getByLabel('Code').fill(second)
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.waitForURL(/\/s\//)

  // removed again, with the password, it is not asked for
  await page.goto(`${system.url}/account`)
  await page.getByRole('button', { name: 'Remove it' }).click()
  await dialog.getByLabel('Your password').fill(member.password)
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page.getByText('Off: your password alone')).toBeVisible()
  await signOut(page, system)
  await enterPassword(page, system, member)
  await page.waitForURL(/\/s\//)
  await page.context().close()
})

test('a forgotten password: the letter opens once, the new password signs in, and whoever had the old one is out', async ({
  browser,
  system,
}) => {
  const member = await addMember(browser, system)
  const other = await openPage(browser)
  await other.goto(`${system.url}/forgot`)
  await expectSound(other, '/forgot')
  await other.getByLabel('E-mail').fill(member.email)
  await other.getByRole('button', { name: 'Send me a letter' }).click()
  await expect(other.getByText(`If ${member.email} has an account, a letter is on its way.`)).toBeVisible()
  const link = await linkOfLetter(system, { to: member.email, path: '/reset' })
  await other.goto(link)
  await expectSound(other, '/reset')
  const password = `${member.password}, another`
  await other.getByLabel('New password').fill('short')
  await other.getByLabel('The same again').fill('short')
  await other.getByRole('button', { name: 'Change the password' }).click()
  await expect(other.getByText('Expected at least 10 characters.')).toBeVisible()
  await other.getByLabel('New password').fill(password)
  await other.getByLabel('The same again').fill(password)
  await other.getByRole('button', { name: 'Change the password' }).click()
  await expect(other.getByText('Your password is changed.')).toBeVisible()

  // every session ended with the old password, which opens nothing any more
  await member.page.reload()
  await expect(member.page).toHaveURL(/\/sign-in/)
  await enterPassword(member.page, system, member)
  await expect(member.page.getByText('do not belong together')).toBeVisible()
  await enterPassword(member.page, system, { ...member, password })
  await member.page.waitForURL(/\/s\//)

  await other.goto(link)
  await other.getByLabel('New password').fill(`${password} again`)
  await other.getByLabel('The same again').fill(`${password} again`)
  await other.getByRole('button', { name: 'Change the password' }).click()
  await expect(other.getByText('This letter was used already')).toBeVisible()
  await Promise.all([other.context().close(), member.page.context().close()])
})

/** Six digits that are right neither now nor a step before or after. */
function wrongCodeFor(secret: string): string {
  const right = new Set([-2, -1, 0, 1, 2].map((ahead) => codeOf(secret, ahead)))
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.has(code)) ?? ''
}
