'use client'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { BrandMark } from '../../components/ui/glyph.tsx'
import { LinkPending } from '../../components/ui/link-pending.tsx'
import { signOut } from '../../server/auth/sign-in-action.ts'
import type { Theme } from '../frame/theme.ts'
import { ThemeSwitch } from '../frame/theme-switch.tsx'
import { ADMIN_PLACES } from './admin-places.ts'

export type AdminFacts = { person: { name: string; email: string }; theme: Theme }

/** Every place of the desk, who is here, and the way back. `onGo`: somebody went somewhere. */
export function AdminNavContent({ person, theme, onGo }: AdminFacts & { onGo?: () => void }) {
  const path = usePathname()
  const isAt = (href: string) => path === href || (href !== '/admin' && path.startsWith(`${href}/`))
  return (
    <>
      <p className="space">
        <BrandMark /> <span>Platform</span>
      </p>
      <div className="nav">
        {ADMIN_PLACES.map(({ name, places }) => (
          <div className="nav" key={name ?? ''}>
            {name ? <h2>{name}</h2> : null}
            {places.map(({ path: href, label }) => (
              <Link
                key={href}
                href={href}
                prefetch={false}
                aria-current={isAt(href) ? 'page' : undefined}
                onClick={onGo}
              >
                <span>{label}</span>
                <LinkPending />
              </Link>
            ))}
          </div>
        ))}
      </div>
      <footer>
        <p className="who" title={person.email}>
          <Link href="/account" className="link" prefetch={false}>
            {person.name}
          </Link>
        </p>
        <p>
          <Link href="/" className="link" prefetch={false}>
            Pages of a developer
          </Link>
        </p>
        <ThemeSwitch theme={theme} />
        <form action={signOut}>
          <button type="submit" className="plain">
            Sign out
          </button>
        </form>
      </footer>
    </>
  )
}
