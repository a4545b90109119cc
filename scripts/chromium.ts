import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { chromium } from '@playwright/test'

const SYSTEM_BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/**
 * The browser that tests drive: the system's, else the one that Playwright keeps, else Debian's package, installed here and now where
 * this process may do that. Throws one line saying what to do when there is none.
 */
export function findChromium(): string {
  const found = [process.env.CHROMIUM_PATH ?? '', ...SYSTEM_BROWSERS, playwrightsOwn()].find(
    (path) => path !== '' && fs.existsSync(path),
  )
  if (found) return found
  if (process.platform === 'linux' && process.getuid?.() === 0 && fs.existsSync('/usr/bin/apt-get')) {
    console.log('installing chromium for the browser tests (once)')
    const apt = (...args: string[]) =>
      spawnSync('apt-get', args, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      })
    apt('update', '-qq')
    apt('install', '-y', '-qq', '--no-install-recommends', 'chromium')
    const installed = SYSTEM_BROWSERS.find((path) => fs.existsSync(path))
    if (installed) return installed
  }
  throw new Error(
    'the browser tests need Chromium: install it (apt-get install chromium, or npx playwright install chromium), or name it in CHROMIUM_PATH',
  )
}

function playwrightsOwn(): string {
  try {
    return chromium.executablePath()
  } catch {
    return ''
  }
}
