import Link from 'next/link'
import { LinkPending } from './link-pending.tsx'

export type Segment = {
  key: string
  label: string
  href: string
  isCurrent: boolean
  isOff?: string
  shortcut?: string
}

/** One of a few, each an address. A choice that is off says why, and stays reachable for the reason to be read. */
export function Segments({ name, options }: { name: string; options: Segment[] }) {
  return (
    <fieldset className="seg">
      <legend className="vh">{name}</legend>
      {options.map((option) =>
        option.isOff ? (
          <span key={option.key} className="off" title={option.isOff}>
            {option.label}
            <span className="vh">: {option.isOff}</span>
          </span>
        ) : (
          <Link
            key={option.key}
            href={option.href}
            prefetch={false}
            scroll={false}
            data-shortcut={option.shortcut}
            aria-keyshortcuts={option.shortcut}
            aria-current={option.isCurrent ? 'true' : undefined}
          >
            {option.label}
            <LinkPending />
          </Link>
        ),
      )}
    </fieldset>
  )
}
