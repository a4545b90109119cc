import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { AdminBar, AdminNav } from '../../features/admin/admin-nav.tsx'
import { readTheme, THEME_COOKIE } from '../../features/frame/theme.ts'
import { PortalProvider } from '../../features/portal/portal-provider.tsx'
import { requirePlatform } from '../../server/portal/require-platform.ts'

export const metadata: Metadata = { title: { default: 'Platform', template: '%s · Platform · Meterbook' } }

/** The frame of the platform's desk. Whoever does not run the platform gets the page of an address that does not exist. */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const { name, email } = await requirePlatform()
  const facts = { person: { name, email }, theme: readTheme((await cookies()).get(THEME_COOKIE)?.value) }
  return (
    <PortalProvider>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <div className="app">
        <AdminNav {...facts} />
        <div className="page">
          <AdminBar {...facts} />
          {children}
        </div>
      </div>
    </PortalProvider>
  )
}
