'use client'
import { createContext, type ReactNode, use, useMemo } from 'react'
import { type AddressDefaults, type Range, type ViewAddress, writeAddress } from './view-address.ts'

type PageAddress = {
  space: string
  address: ViewAddress
  /** The address of this page with some of it changed. */
  href: (patch: Partial<ViewAddress>) => string
  /** Without what is default, to begin from. */
  path: string
}

const Context = createContext<PageAddress | null>(null)

/** Where the page is: everything a view depends on is in its URL, so every control is a link to another address. */
export function PageAddressProvider(props: {
  space: string
  path: string
  /** What the page shows when its address says nothing; the same as `readAddress` was given. */
  defaultRange: Range | AddressDefaults
  address: ViewAddress
  children: ReactNode
}) {
  const { space, path, defaultRange, address } = props
  const value = useMemo(
    () => ({
      space,
      address,
      path,
      href: (patch: Partial<ViewAddress>) => path + writeAddress({ ...address, ...patch }, defaultRange),
    }),
    [space, path, defaultRange, address],
  )
  return <Context value={value}>{props.children}</Context>
}

export function usePageAddress(): PageAddress {
  const value = use(Context)
  if (!value) throw new Error('usePageAddress outside PageAddressProvider')
  return value
}
