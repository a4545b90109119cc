'use client'
import { Glyph } from '../../components/ui/glyph.tsx'
import { useOnDemand } from '../../components/ui/on-demand.ts'
import { useFrame } from './frame-context.tsx'

const load = () => import('./open-nav-dialog.tsx').then((module) => module.OpenNavDialog)

/** The way into the navigation where there is no room for it beside the page. */
export function NavDialog() {
  const { space } = useFrame()
  const { Part, prefetch, show } = useOnDemand(load)
  if (Part) return <Part name={space.name} />
  return (
    <button
      type="button"
      className="btn menu"
      aria-label={`Menu of ${space.name}`}
      aria-haspopup="dialog"
      aria-expanded={false}
      onPointerEnter={prefetch}
      onFocus={prefetch}
      onClick={show}
    >
      <span>{space.name}</span> <Glyph name="down" />
    </button>
  )
}
