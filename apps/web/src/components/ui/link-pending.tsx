'use client'
import { useLinkStatus } from 'next/link'

/**
 * Inside a link: a line beneath it while its page is on the way. There is no loading page instead, because that would hide the first
 * drawing from browsers without script, and turn the answer for an unknown app into a 200.
 */
export function LinkPending() {
  const { pending } = useLinkStatus()
  return pending ? <span className="pending" aria-hidden="true" /> : null
}
