'use client'
import { createContext, type ReactNode, use } from 'react'
import type { Theme } from './theme.ts'

export type FrameFacts = {
  space: { slug: string; name: string; billingZone: string }
  spaces: { slug: string; name: string; appCount: number }[]
  apps: { slug: string; name: string; series: number; isOwned: boolean }[]
  /** Of the person in this space; `platform` for those who run all of them. */
  role: 'viewer' | 'developer' | 'admin' | 'platform'
  person: { name: string; email: string; isPlatformAdmin: boolean }
  theme: Theme
  /** What the space is billed by now, and since when its newest price is in force (ISO); null: nothing. */
  priceBook: { name: string; since: string } | null
  /** Whether this person may see what the space costs. */
  maySeeCost: boolean
  /** Whether single-letter shortcuts do anything. */
  shortcuts: boolean
}

const Context = createContext<FrameFacts | null>(null)

export function FrameProvider({ facts, children }: { facts: FrameFacts; children: ReactNode }) {
  return <Context value={facts}>{children}</Context>
}

export function useFrame(): FrameFacts {
  const facts = use(Context)
  if (!facts) throw new Error('useFrame outside FrameProvider')
  return facts
}
