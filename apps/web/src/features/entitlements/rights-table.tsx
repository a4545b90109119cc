'use client'
import type { inferRouterOutputs } from '@trpc/server'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { Timeline } from '../../components/ui/timeline.tsx'
import { formatMoment } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { rangeOf } from '../catalogue/timeline-range.ts'
import { EndRight } from './end-right.tsx'

type Found = inferRouterOutputs<AppRouter>['entitlements']['list']
type App = Found['apps'][number]

/** Every app with how much it may use now; its rights on a timeline beneath. */
export function RightsTable({ found, space }: { found: Found; space: string | null }) {
  const [open, setOpen] = useState<string | null>(null)
  const { apps, capabilities, spaces, now } = found
  return (
    <>
      <form className="kbar" action="/admin/entitlements">
        <input type="hidden" name="view" value="rights" />
        <SelectField
          label="Developer space"
          name="space"
          isOptional
          defaultValue={space ?? ''}
          options={[{ value: '', label: 'all' }, ...spaces.map(({ slug, name }) => ({ value: slug, label: name }))]}
        />
        <Button type="submit">Filter</Button>
      </form>
      <DataTable
        name="Rights by app"
        rows={apps}
        rowKey={({ id }) => id}
        empty={<EmptyState title="No app fits this filter" />}
        columns={[
          {
            key: 'app',
            head: 'App',
            sortBy: ({ name }) => name,
            cell: ({ id, name }) => (
              <button
                type="button"
                className="plain"
                aria-expanded={open === id}
                onClick={() => setOpen(open === id ? null : id)}
              >
                {name}
              </button>
            ),
          },
          { key: 'slug', head: 'Slug', isText: true, cell: ({ slug }) => <span className="mono">{slug}</span> },
          {
            key: 'space',
            head: 'Space',
            isText: true,
            cell: ({ space: owner }) => owner?.name ?? <span className="mut">nobody</span>,
          },
          {
            key: 'now',
            head: 'Capabilities it may use now',
            sortBy: (app) => heldNow(app),
            cell: (app) => `${heldNow(app)} of ${capabilities.length}`,
          },
          {
            key: 'ends',
            head: 'Next end',
            isText: true,
            cell: ({ rights }) => {
              const ends = rights.flatMap(({ to, isInForce }) => (isInForce && to !== null ? [to] : [])).sort()
              return ends[0] === undefined ? <span className="mut">none</span> : formatMoment(ends[0], 'UTC')
            },
          },
        ]}
        detail={(app) => (open === app.id ? <AppRights app={app} capabilities={capabilities} now={now} /> : null)}
      />
    </>
  )
}

function heldNow({ rights }: App): number {
  return new Set(rights.filter(({ isInForce }) => isInForce).map(({ capabilityKey }) => capabilityKey)).size
}

function AppRights({ app, capabilities, now }: { app: App; capabilities: Found['capabilities']; now: string }) {
  if (app.rights.length === 0) return <p>This app was never given a right: all it sends is held.</p>
  const held = capabilities.filter(({ key }) => app.rights.some(({ capabilityKey }) => capabilityKey === key))
  return (
    <div>
      <Timeline
        name={`Rights of ${app.name}`}
        range={rangeOf(app.rights, now)}
        now={now}
        tracks={held.map(({ key, name }) => ({
          ...{ key, name },
          spans: app.rights
            .filter(({ capabilityKey }) => capabilityKey === key)
            .map(({ id, from, to }) => ({
              ...{ key: id, from, to, label: 'may use it' },
              note:
                to === null || Date.parse(to) > Date.parse(now) ? (
                  <EndRight id={id} what={`${app.name}: ${name}`} />
                ) : null,
            })),
        }))}
      />
    </div>
  )
}
