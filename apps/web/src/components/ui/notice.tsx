import type { ReactNode } from 'react'
import { Glyph } from './glyph.tsx'

/** Words that have to be seen before the page below them. Colour is never alone: each has its glyph. */
export function Notice({
  tone = 'info',
  title,
  children,
}: {
  tone?: 'info' | 'good' | 'warning' | 'danger'
  title?: string
  children?: ReactNode
}) {
  return (
    <div className={`knotice ${tone}`}>
      <Glyph name={tone === 'good' ? 'check' : tone === 'info' ? 'right' : 'warn'} />
      <div>
        {title ? <strong>{title}</strong> : null}
        {children}
      </div>
    </div>
  )
}
