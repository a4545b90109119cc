'use client'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { BrandMark } from '../../components/ui/glyph.tsx'
import { DOC_PLACES } from './doc-page.ts'

/** The way through the public pages: on the left, and above the page where there is no room. */
export function DocsNav() {
  const path = usePathname()
  const link = (href: string, label: string) => {
    const isHere = path === href || (href === '/docs/errors' && path.startsWith(`${href}/`))
    return (
      <Link key={href} href={href} prefetch={false} aria-current={isHere ? 'page' : undefined}>
        <span>{label}</span>
      </Link>
    )
  }
  return (
    <nav className="side docs-side" aria-label="Documentation">
      <Link className="brand" href="/" prefetch={false}>
        <BrandMark /> Meterbook
      </Link>
      <div className="nav">
        {DOC_PLACES.map(([href, label]) => link(href, label))}
        {link('/status', 'Status')}
      </div>
      <footer>
        <p>
          <a className="link" href="/api/v1/openapi.json">
            OpenAPI 3.1
          </a>{' '}
          ·{' '}
          <Link className="link" href="/" prefetch={false}>
            Portal
          </Link>
        </p>
      </footer>
    </nav>
  )
}
