'use client'
import Link from 'next/link'
import type { ReactNode } from 'react'

/**
 * A link to what stands open on the same page. The address changes at once and only what is new is fetched; without script, and in a
 * new tab, the same address is a page of its own.
 */
export function PlaceLink(props: {
  href: string
  id?: string
  className?: string
  isCurrent?: boolean
  /** For a link that opens what stands beneath it. */
  isExpanded?: boolean
  label?: string
  children: ReactNode
}) {
  return (
    <Link
      id={props.id}
      href={props.href}
      className={props.className}
      prefetch={false}
      scroll={false}
      aria-label={props.label}
      aria-current={props.isCurrent ? 'true' : undefined}
      aria-expanded={props.isExpanded}
      onNavigate={(event) => {
        event.preventDefault()
        window.history.pushState(null, '', props.href)
      }}
    >
      {props.children}
    </Link>
  )
}
