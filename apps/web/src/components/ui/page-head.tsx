import type { ReactNode } from 'react'

/** The name of a page, what it is about, and on the right what one can do with all of it. */
export function PageHead({ title, sub, children }: { title: ReactNode; sub?: ReactNode; children?: ReactNode }) {
  return (
    <div className="head khead">
      <h1>{title}</h1>
      {sub ? <span className="sub">{sub}</span> : null}
      {children ? <div className="end acts">{children}</div> : null}
    </div>
  )
}
