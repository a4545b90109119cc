import type { CopyForm } from '../usage/copy-link.tsx'
import { type ViewAddress, writeAddress } from '../usage/view-address.ts'
import type { ExploreKind, ExploreView } from './explore-view.ts'

/** Where the same view is had as data: the address of the page, asked of the interface. */
export function exploreFile(of: { space: string; kind: ExploreKind; query: string; format: 'csv' | 'json' }): string {
  const asked = new URLSearchParams({ space: of.space, kind: of.kind, format: of.format })
  return `/api/v1/explore?${asked}${of.query ? `&${of.query}` : ''}`
}

/** This view as questions of the interface. It is asked with the session of who looks: keys read meters, and no money. */
export function formsOf({ kind }: ExploreView, { space, address }: { space: string; address: ViewAddress }): CopyForm[] {
  const origin = typeof window === 'undefined' ? '' : window.location.origin
  // everything is said: what is default on this page is not in the interface
  const query = writeAddress(address, { range: 'custom', by: [], view: 'both' }).slice(1)
  const path = exploreFile({ space, kind, query, format: 'json' })
  return [{ name: 'curl', text: `curl -s '${origin}${path.replaceAll("'", '%27')}' -H "cookie: $METERBOOK_SESSION"` }]
}
