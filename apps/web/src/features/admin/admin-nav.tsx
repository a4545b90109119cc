'use client'
import { Glyph } from '../../components/ui/glyph.tsx'
import { useOnDemand } from '../../components/ui/on-demand.ts'
import { type AdminFacts, AdminNavContent } from './admin-nav-content.tsx'

/** The desk's own navigation: on the left, or, where there is no room, behind the button in the bar. */
export function AdminNav(facts: AdminFacts) {
  return (
    <nav className="side" aria-label="Platform">
      <AdminNavContent {...facts} />
    </nav>
  )
}

const load = () => import('./open-admin-nav.tsx').then((module) => module.OpenAdminNav)

/** Shown on small screens only. */
export function AdminBar(facts: AdminFacts) {
  const { Part, prefetch, show } = useOnDemand(load)
  return (
    <header className="bar small-only">
      {Part ? (
        <Part {...facts} />
      ) : (
        <button
          type="button"
          className="btn menu"
          aria-label="Menu of the platform"
          aria-haspopup="dialog"
          aria-expanded={false}
          onPointerEnter={prefetch}
          onFocus={prefetch}
          onClick={show}
        >
          <span>Platform</span> <Glyph name="down" />
        </button>
      )}
    </header>
  )
}
