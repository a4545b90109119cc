import '@fontsource-variable/inter/opsz.css'
import '@fontsource-variable/geist-mono/wght.css'
import '../styles/tokens.css'
import '../styles/base.css'
import '../styles/frame.css'
import '../styles/controls.css'
import '../styles/kit.css'
import '../styles/keys.css'
import '../styles/data.css'
import '../styles/explore.css'
import '../styles/catalogue.css'
import '../styles/chart.css'
import '../styles/overview.css'
import '../styles/statement.css'
import '../styles/events.css'
import '../styles/exports.css'
import '../styles/people.css'
import '../styles/docs.css'
import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { readTheme, THEME_COOKIE } from '../features/frame/theme.ts'
import { LookingOnBanner } from '../features/people/looking-on-banner.tsx'
import { currentPerson } from '../server/auth/current-person.ts'
import { preloadFonts } from './preload-fonts.ts'

export const metadata: Metadata = {
  title: { default: 'Meterbook', template: '%s · Meterbook' },
  description: 'What each app used, as it happens.',
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#121211' },
  ],
}

/** Reads the theme's cookie, which also keeps every page dynamic: a page made at build time could not carry the nonce of its answer. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  preloadFonts()
  // who cannot be read looks on as nobody; the page itself says what is wrong
  const person = await currentPerson().catch(() => null)
  const theme = readTheme((await cookies()).get(THEME_COOKIE)?.value)
  return (
    <html lang="en" data-theme={theme === 'system' ? undefined : theme} suppressHydrationWarning>
      <body>
        {person?.viewedBy ? (
          <LookingOnBanner name={person.name} email={person.email} until={person.viewedBy.until.toISOString()} />
        ) : null}
        {children}
      </body>
    </html>
  )
}
