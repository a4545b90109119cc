import { defineConfig } from '@playwright/test'
import { findChromium } from './scripts/chromium.ts'

/** One running system for all journeys, one journey at a time: two cores are soon busy, and a journey measures what a person sees. */
export default defineConfig({
  testDir: 'e2e/browser',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  workers: 1,
  retries: 0,
  timeout: 180_000,
  use: {
    browserName: 'chromium',
    timezoneId: 'UTC',
    locale: 'en-GB',
    launchOptions: {
      executablePath: findChromium(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
})
