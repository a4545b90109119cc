import Link from 'next/link'
import { Fragment, type ReactNode } from 'react'

const PARTS = /(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\))/

/** The little Markdown that texts of pages have: code, strong words, links. */
export function DocWords({ text }: { text: string }): ReactNode {
  return text.split(PARTS).map((part, at) => {
    const key = `${at}`
    if (part.startsWith('`')) return <code key={key}>{part.slice(1, -1)}</code>
    if (part.startsWith('**')) return <strong key={key}>{part.slice(2, -2)}</strong>
    const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part)
    if (link === null) return <Fragment key={key}>{part}</Fragment>
    const [, words = '', href = ''] = link
    // the pages lead to each other; what is a file or another site is no page of ours
    const isPage = href.startsWith('/') && !/\.[a-z]+$/.test(href) && !href.startsWith('/api')
    return isPage ? (
      <Link key={key} className="link" href={href} prefetch={false}>
        {words}
      </Link>
    ) : (
      <a key={key} className="link" href={href}>
        {words}
      </a>
    )
  })
}
