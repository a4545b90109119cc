'use client'
import { DataTable } from '../../components/ui/data-table.tsx'
import { Exact } from '../../components/ui/exact.tsx'
import { formatCount } from '../../format.ts'
import type { EffectView } from './correction-view.ts'

/** What an act changes: how many events become what, and each meter's usage before and after. */
export function EffectTable({ effect }: { effect: EffectView }) {
  const { effective, unchanged, ineligible } = effect.events
  return (
    <>
      <p>
        <b>{formatCount(String(effective))}</b> {effective === 1 ? 'event changes' : 'events change'}
        {unchanged > 0 ? `, ${formatCount(String(unchanged))} would come out as they are` : ''}
        {ineligible > 0 ? `, ${formatCount(String(ineligible))} are not, or no longer, what this is for` : ''}.
      </p>
      {effect.changes.map(({ from, to, events }) => (
        <p key={`${from} ${to}`} className="sub">
          {formatCount(String(events))}: {from} becomes {to}
        </p>
      ))}
      {effect.usage.length === 0 ? null : (
        <DataTable
          name="Usage of these events, before and after"
          rows={effect.usage}
          rowKey={({ app, space, isElsewhere, meter }) => `${app} ${space} ${isElsewhere} ${meter}`}
          columns={[
            { key: 'meter', head: 'Meter', cell: ({ meter }) => meter },
            { key: 'app', head: 'App', isText: true, cell: ({ app }) => app },
            {
              key: 'space',
              head: 'Space',
              isText: true,
              cell: ({ space, isElsewhere }) => space ?? (isElsewhere ? 'another space' : 'nobody'),
            },
            { key: 'before', head: 'Now', cell: ({ before, unit }) => <Quantity text={before.quantity} unit={unit} /> },
            { key: 'after', head: 'Then', cell: ({ after, unit }) => <Quantity text={after.quantity} unit={unit} /> },
          ]}
        />
      )}
    </>
  )
}

function Quantity({ text, unit }: { text: string; unit: string | null }) {
  return (
    <>
      <Exact text={text} /> <span className="un mut">{unit}</span>
    </>
  )
}
