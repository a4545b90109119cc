import { findPriceBook } from '@meterbook/db/postgres/portal'
import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { FrameProvider } from '../../../features/frame/frame-context.tsx'
import { ShortcutKeys } from '../../../features/frame/shortcut-keys.tsx'
import { readShortcuts, SHORTCUTS_COOKIE } from '../../../features/frame/shortcuts.ts'
import { SideNav } from '../../../features/frame/side-nav.tsx'
import { readTheme, THEME_COOKIE } from '../../../features/frame/theme.ts'
import { PortalProvider } from '../../../features/portal/portal-provider.tsx'
import { findAccess } from '../../../server/portal/find-access.ts'
import { pageQueries, requirePerson } from '../../../server/portal/page-data.ts'
import { prisma } from '../../../server/portal/stores.ts'
import { holdsRight } from '../../../server/trpc/space-right.ts'

type Props = { children: ReactNode; params: Promise<{ space: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const access = await findAccess((await params).space)
  return access ? { title: { default: access.space.name, template: `%s · ${access.space.name} · Meterbook` } } : {}
}

/** The frame of a space. Whoever may not enter it gets the page of a space that does not exist. */
export default async function SpaceLayout({ children, params }: Props) {
  const { space: slug } = await params
  const person = await requirePerson()
  const access = await findAccess(slug)
  if (!access) notFound()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  const [spaces, , priceBook] = await Promise.all([
    queryClient.fetchQuery(trpc.spaces.queryOptions()),
    queryClient.prefetchQuery(trpc.freshness.queryOptions({ space: slug })),
    // a line at the foot of the navigation: a page does not fail for it
    findPriceBook(prisma(), { spaceId: access.space.id, now: new Date() }).catch(() => null),
  ])
  const jar = await cookies()
  const { name, email, isPlatformAdmin } = person
  const facts = {
    space: { slug: access.space.slug, name: access.space.name, billingZone: access.space.billingZone },
    spaces: spaces.map(({ slug, name, appCount }) => ({ slug, name, appCount })),
    apps: access.apps.map(({ slug, name, series, isOwned }) => ({ slug, name, series, isOwned })),
    role: access.role,
    person: { name, email, isPlatformAdmin },
    theme: readTheme(jar.get(THEME_COOKIE)?.value),
    priceBook: priceBook && { name: priceBook.name, since: priceBook.since.toISOString() },
    maySeeCost: holdsRight(access, 'see cost'),
    shortcuts: readShortcuts(jar.get(SHORTCUTS_COOKIE)?.value),
  }
  return (
    <PortalProvider key={slug} space={slug}>
      <HydrationBoundary state={dehydrated()}>
        <FrameProvider facts={facts}>
          <ShortcutKeys>
            <a className="skip" href="#main">
              Skip to content
            </a>
            <div className="app">
              <SideNav />
              <div className="page">{children}</div>
            </div>
          </ShortcutKeys>
        </FrameProvider>
      </HydrationBoundary>
    </PortalProvider>
  )
}
