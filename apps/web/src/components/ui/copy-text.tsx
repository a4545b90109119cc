'use client'
import { useEffect, useState } from 'react'
import { Glyph } from './glyph.tsx'

const SAY_MS = 2_000

/** A text to take along, and the button that does it. `label` names it to screen readers: `the key`. `shown` stands for a text too long to show. */
export function CopyText({
  text,
  label,
  shown,
  isBlock = false,
}: {
  text: string
  label: string
  shown?: string
  isBlock?: boolean
}) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), SAY_MS)
    return () => clearTimeout(timer)
  }, [state])
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('failed'),
    )
  return (
    <span className={isBlock ? 'kcopy block' : 'kcopy'}>
      {/* a block may scroll within itself, so it has to be reachable by keyboard */}
      <code tabIndex={isBlock ? 0 : undefined}>{shown ?? text}</code>
      <button type="button" className="btn" onClick={copy} aria-label={`Copy ${label}`}>
        {state === 'copied' ? <Glyph name="check" /> : null}
        {state === 'copied' ? 'Copied' : state === 'failed' ? 'Select and copy' : 'Copy'}
      </button>
      <span className="vh" role="status">
        {state === 'copied' ? `Copied ${label}` : ''}
      </span>
    </span>
  )
}
