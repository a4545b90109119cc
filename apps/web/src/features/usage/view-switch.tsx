'use client'
import { Segments } from '../../components/ui/segments.tsx'
import { usePageAddress } from './page-address.tsx'

/** The same data, drawn or in rows. */
export function ViewSwitch() {
  const { address, href } = usePageAddress()
  const options = (['chart', 'table'] as const).map((view) => ({
    key: view,
    label: view === 'chart' ? 'Chart' : 'Table',
    href: href({ view }),
    ...((address.view === 'table') === (view === 'table') ? {} : { shortcut: '.' }),
    isCurrent: (address.view === 'table') === (view === 'table'),
  }))
  return <Segments name="View" options={options} />
}

/** All apps as one, or each for itself. */
export function BySwitch() {
  const { address, href } = usePageAddress()
  const options = (['all', 'app'] as const).map((by) => ({
    key: by,
    label: by === 'all' ? 'Consolidated' : 'Per app',
    href: href({ by: by === 'app' ? ['app'] : [] }),
    isCurrent: address.by.includes('app') === (by === 'app'),
  }))
  return <Segments name="Apps shown" options={options} />
}
