'use client'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { Fragment } from 'react'
import { Glyph } from '../../components/ui/glyph.tsx'
import { LinkMenu } from '../../components/ui/link-menu.tsx'
import { LinkPending } from '../../components/ui/link-pending.tsx'
import { formatDate, formatZone } from '../../format.ts'
import { signOut } from '../../server/auth/sign-in-action.ts'
import { useFrame } from './frame-context.tsx'
import { OUTSIDE, type Place, sectionsFor } from './places.ts'
import { useShortcuts } from './shortcuts-context.ts'
import { ThemeSwitch } from './theme-switch.tsx'

/** The rest are a search away. */
const APPS_MAX = 12

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
  const { space, apps, role, maySeeCost } = useFrame()
  const { areOn } = useShortcuts()
  const path = usePathname()
  const base = `/s/${space.slug}`
  const link = ({
    path: to,
    name,
    letter,
    isBranch,
    series,
  }: Pick<Place, 'path' | 'name' | 'letter' | 'isBranch'> & { series?: number }) => {
    const href = `${base}${to}`
    const isAt = path === href || (isBranch && path.startsWith(`${href}/`))
    return (
      <Link key={href} href={href} aria-current={isAt ? 'page' : undefined} onClick={onGo}>
        {series ? <i className={`dot b${series}`} /> : null}
        <span>{name}</span>
        {letter && areOn ? <kbd>G {letter.toUpperCase()}</kbd> : null}
        <LinkPending />
      </Link>
    )
  }
  const owned = apps.filter(({ isOwned }) => isOwned).slice(0, APPS_MAX)
  return (
    <div className="nav">
      {sectionsFor({ role, maySeeCost }).map((section) => (
        <Fragment key={section.name ?? ''}>
          {section.name === null ? null : <h2>{section.name === 'space' ? space.name : section.name}</h2>}
          {section.places.map(link)}
        </Fragment>
      ))}
      {owned.length > 0 ? <h2>Apps of {space.name}</h2> : null}
      {owned.map(({ slug, name, series }) => link({ path: `/apps/${slug}`, name, series, isBranch: true }))}
    </div>
  )
}

export function NavFooter() {
  const { person, space, theme, priceBook } = useFrame()
  return (
    <footer>
      <p>Billing zone {formatZone(space.billingZone)}</p>
      {priceBook ? <p title={priceBook.name}>Price book of {formatDate(priceBook.since, space.billingZone)}</p> : null}
      {OUTSIDE.length > 0 ? (
        <p>
          {OUTSIDE.map(({ href, name }, index) => (
            <Fragment key={href}>
              {index > 0 ? ' · ' : null}
              <Link href={href} className="link" prefetch={false}>
                {name}
              </Link>
            </Fragment>
          ))}
        </p>
      ) : null}
      <p className="who" title={person.email}>
        <Link href="/account" className="link" prefetch={false}>
          {person.name}
        </Link>
      </p>
      {person.isPlatformAdmin ? (
        <p>
          <Link href="/admin" className="link" prefetch={false}>
            Platform desk
          </Link>
        </p>
      ) : null}
      <ThemeSwitch theme={theme} />
      <form action={signOut}>
        <button type="submit" className="plain">
          Sign out
        </button>
      </form>
    </footer>
  )
}
