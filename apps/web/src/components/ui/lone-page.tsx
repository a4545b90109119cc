import type { ReactNode } from 'react'
import { BrandMark } from './glyph.tsx'

/** A page with one thing on it, and no navigation. */
export function LonePage({ title, say, children }: { title: string; say: ReactNode; children: ReactNode }) {
  return (
    <main className="lone" id="main">
      <div>
        <p className="brand">
          <BrandMark /> Meterbook
        </p>
        <h1>{title}</h1>
        <p className="say">{say}</p>
        {children}
      </div>
    </main>
  )
}
