'use client'
import { useEffect } from 'react'
import { Glyph } from '../../components/ui/glyph.tsx'
import { endLookingOn } from '../../server/people/looking-on-action.ts'

/** Stands over every page while an admin of the platform looks on as somebody. When the time is over, the page is asked for anew. */
export function LookingOnBanner({ name, email, until }: { name: string; email: string; until: string }) {
  useEffect(() => {
    const timer = setTimeout(() => window.location.reload(), Math.max(0, Date.parse(until) - Date.now()) + 1_000)
    return () => clearTimeout(timer)
  }, [until])
  return (
    <aside className="looking-on" aria-label="Looking on">
      <Glyph name="warn" />
      <p>
        You look on as <strong>{name}</strong> ({email}) until {until.slice(11, 16)} UTC. Nothing can be changed.
      </p>
      <form
        action={async () => {
          await endLookingOn()
          // as a new document: a page that is only gone on from keeps the frame around it, this banner with it, and what was read
          window.location.assign('/admin/people')
        }}
      >
        <button type="submit" className="btn line">
          Stop looking on
        </button>
      </form>
    </aside>
  )
}
