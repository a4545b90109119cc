import type { CopyForm } from '../usage/copy-link.tsx'
import { EXPLORERS, type ViewAddress, writeAddress } from '../usage/view-address.ts'
import type { ExploreView } from './explore-view.ts'

/** Where the same view is had as data: the address of the page, asked of the interface. */
export function exploreFile(
  { kind, meter, period }: Pick<ExploreView, 'kind' | 'meter' | 'period'>,
  { space, address, format }: { space: string; address: ViewAddress; format: 'csv' | 'json' },
): string {
  // what the page chose is said: it may choose otherwise tomorrow
  const said: ViewAddress = {
    ...address,
    zone: period.zone,
    ...(address.granularity !== 'auto' && { granularity: period.granularity }),
    ...(meter && { meter: meter.slug }),
    // of the drawing alone
    ...{ pins: undefined, form: undefined, view: EXPLORERS[kind].view },
  }
  const query = writeAddress(said, EXPLORERS[kind]).slice(1)
  return `/api/v1/explore/${kind}?space=${encodeURIComponent(space)}${query ? `&${query}` : ''}&format=${format}`
}

/** This view as questions of the interface. They are asked with the session of who looks: keys read meters, and no money. */
export function exploreForms(view: ExploreView, of: { space: string; address: ViewAddress }): CopyForm[] {
  const origin = typeof window === 'undefined' ? '' : window.location.origin
  const curl = (format: 'csv' | 'json') =>
    `curl -s '${origin}${exploreFile(view, { ...of, format }).replaceAll("'", '%27')}' -b "$METERBOOK_SESSION"`
  return [
    { name: 'curl of this view', text: curl('json') },
    { name: 'curl of this view, CSV', text: curl('csv') },
  ]
}
