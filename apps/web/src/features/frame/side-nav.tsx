'use client'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { Glyph } from '../../components/ui/glyph.tsx'
import { LinkMenu } from '../../components/ui/link-menu.tsx'
import { LinkPending } from '../../components/ui/link-pending.tsx'
import { formatZone } from '../../format.ts'
import { signOut } from '../../server/auth/sign-in-action.ts'
import { useFrame } from './frame-context.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

/** The navigation on the left; below 900 px the same stands in NavDialog. */
export function SideNav() {
  const { space } = useFrame()
  return (
    <nav className="side" aria-label={`Developer space ${space.name}`}>
      <SpaceSwitcher />
      <NavLinks />
      <NavFooter />
    </nav>
  )
}

export function SpaceSwitcher() {
  const { space, spaces } = useFrame()
  const entries = spaces.map(({ slug, name, appCount }) => ({
    key: slug,
    href: `/s/${slug}`,
    label: name,
    note: appCount === 1 ? '1 app' : `${appCount} apps`,
    isCurrent: slug === space.slug,
  }))
  return (
    <LinkMenu className="space" name={`Developer space ${space.name}`} groups={[{ name: 'Developer spaces', entries }]}>
      <span>{space.name}</span>
      <Glyph name="updown" />
    </LinkMenu>
  )
}

export function NavLinks({ onGo }: { onGo?: () => void }) {
  const { space, apps, role } = useFrame()
  const isAdmin = role === 'admin' || role === 'platform'
  const path = usePathname()
  const base = `/s/${space.slug}`
  const statements = `${base}/statements`
  // apps have entries of their own, single statements have none
  const isAt = (href: string) => path === href || (href === statements && path.startsWith(`${statements}/`))
  const link = (href: string, label: string, series?: number) => (
    <Link key={href} href={href} aria-current={isAt(href) ? 'page' : undefined} onClick={onGo}>
      {series ? <i className={`dot b${series}`} /> : null}
      <span>{label}</span>
      <LinkPending />
    </Link>
  )
  const owned = apps.filter(({ isOwned }) => isOwned)
  return (
    <div className="nav">
      {link(base, 'Overview')}
      {link(`${base}/apps`, 'Apps')}
      {link(statements, 'Statements')}
      {role === 'viewer' ? null : link(`${base}/quarantine`, 'Quarantine')}
      {isAdmin ? link(`${base}/proposals`, 'Proposals') : null}
      {role === 'viewer' ? null : link(`${base}/keys`, 'Keys')}
      {link(`${base}/meters`, 'Meters')}
      {isAdmin ? link(`${base}/members`, 'Members') : null}
      {isAdmin ? link(`${base}/settings`, 'Settings') : null}
      {owned.length > 0 ? <h2>Apps of {space.name}</h2> : null}
      {owned.map(({ slug, name, series }) => link(`${base}/apps/${slug}`, name, series))}
    </div>
  )
}

export function NavFooter() {
  const { person, space, theme } = useFrame()
  return (
    <footer>
      <p className="who" title={person.email}>
        <Link href="/account" className="link" prefetch={false}>
          {person.name}
        </Link>
      </p>
      <p>
        {person.isPlatformAdmin ? (
          <>
            <Link href="/admin" className="link" prefetch={false}>
              Platform desk
            </Link>
            {' · '}
          </>
        ) : null}
        Billing zone {formatZone(space.billingZone)}
      </p>
      <ThemeSwitch theme={theme} />
      <form action={signOut}>
        <button type="submit" className="plain">
          Sign out
        </button>
      </form>
    </footer>
  )
}
