import type { ReactNode } from 'react'
import { DocsNav } from '../../features/docs/docs-nav.tsx'

/** The frame of the public pages of words: nobody has to sign in. */
export default function DocsLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <div className="app">
        <DocsNav />
        <div className="page">{children}</div>
      </div>
    </>
  )
}
