'use client'
import { useRouter, useSearchParams } from 'next/navigation'
import { createContext, type ReactNode, use, useEffect, useMemo } from 'react'
import {
  type AddressDefaults,
  isOfMoney,
  questionOf,
  type Range,
  readAddress,
  readSearch,
  type ViewAddress,
  writeAddress,
} from './view-address.ts'

type PageAddress = {
  space: string
  address: ViewAddress
  /** What of the address the server is asked. */
  question: ViewAddress
  /** The address of this page with some of it changed. */
  href: (patch: Partial<ViewAddress>) => string
  /** To an address that `href` gave, where no link was pressed. */
  go: (href: string) => void
  /** Without what is default, to begin from. */
  path: string
}

const Context = createContext<PageAddress | null>(null)

type Props = {
  space: string
  path: string
  /** What the page shows when its address says nothing; the same as `readAddress` was given. */
  defaultRange: Range | AddressDefaults
  /** The page looks another way for a month of money than for anything else. */
  isOfTwoKinds?: boolean
  children: ReactNode
}

/**
 * Where the page is: everything a view depends on is in its URL, so every control is a link to another address. Where that is the same page, only
 * figures are asked for and not the page: the browser has all of it but them.
 */
export function PageAddressProvider({ space, path, defaultRange, isOfTwoKinds = false, children }: Props) {
  const search = useSearchParams().toString()
  const router = useRouter()
  const value = useMemo(() => {
    const address = readAddress(readSearch(search), defaultRange)
    const isHere = (to: URL) => {
      if (to.origin !== window.location.origin || to.pathname !== path || to.hash !== '') return false
      return !isOfTwoKinds || isOfMoney(readAddress(readSearch(to.search), defaultRange)) === isOfMoney(address)
    }
    return {
      ...{ space, address, question: questionOf(address), path, isHere },
      href: (patch: Partial<ViewAddress>) => path + writeAddress({ ...address, ...patch }, defaultRange),
      go: (href: string) => {
        if (isHere(new URL(href, window.location.href))) window.history.pushState(null, '', href)
        else router.push(href, { scroll: false })
      },
    }
  }, [space, path, search, defaultRange, isOfTwoKinds, router])
  useLinksWithin(value.isHere)
  return <Context value={value}>{children}</Context>
}

/** A plain press of a link to this very page changes the address and no more. Seen before the link itself sees it, which then leaves it alone. */
function useLinksWithin(isHere: (to: URL) => boolean): void {
  useEffect(() => {
    const press = (event: MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href]') : null
      if (link === null || link.target !== '' || link.hasAttribute('download')) return
      const to = new URL(link.href)
      if (to.search === window.location.search || !isHere(to)) return
      event.preventDefault()
      window.history.pushState(null, '', to)
    }
    document.addEventListener('click', press, true)
    return () => document.removeEventListener('click', press, true)
  }, [isHere])
}

export function usePageAddress(): PageAddress {
  const value = use(Context)
  if (!value) throw new Error('usePageAddress outside PageAddressProvider')
  return value
}
