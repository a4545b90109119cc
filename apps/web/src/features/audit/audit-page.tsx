'use client'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatMoment } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'
import { AuditEntryDetail } from './audit-entry.tsx'
import { useAuditVerification } from './verify-audit.tsx'

export type AuditAddress = Partial<
  Record<'actor' | 'act' | 'type' | 'target' | 'space' | 'request' | 'from' | 'to', string>
>

/** Who did what, when and why. The filter is the address; the export is the filter's. */
export function AuditPage({ address }: { address: AuditAddress }) {
  const trpc = useTRPC()
  const query = useInfiniteQuery(
    trpc.audit.list.infiniteQueryOptions({ question: address }, { getNextPageParam: (page) => page.next ?? undefined }),
  )
  const [open, setOpen] = useState<string | null>(null)
  const verification = useAuditVerification()
  const exportOf = (format: string) => `/admin/audit/export?${new URLSearchParams({ ...address, format })}`
  return (
    <main id="main" tabIndex={-1}>
      <PageHead title="Audit log" sub="each act of an admin, in one hash chain; times in UTC">
        {verification.button}
        <a className="btn line" href={exportOf('csv')} download>
          Export CSV
        </a>
        <a className="btn line" href={exportOf('jsonl')} download>
          Export JSON lines
        </a>
      </PageHead>
      {verification.result}
      <Filter address={address} />
      <QueryRegion
        query={{ ...query, data: query.data?.pages.flatMap((page) => page.entries) }}
        what="The audit log"
        height={400}
      >
        {(entries) => (
          <DataTable
            name="Audit log"
            rows={entries}
            rowKey={(entry) => entry.sequence}
            paging={{
              hasMore: query.hasNextPage,
              isLoading: query.isFetchingNextPage,
              onMore: () => void query.fetchNextPage(),
            }}
            empty={
              <EmptyState
                title={Object.keys(address).length > 0 ? 'No entry fits this filter' : 'Nothing was done yet'}
                action={
                  Object.keys(address).length > 0 ? (
                    <Link className="btn line" href="/admin/audit">
                      Show all entries
                    </Link>
                  ) : null
                }
              >
                Every act of an admin is written here in the transaction that does it.
              </EmptyState>
            }
            columns={[
              {
                key: 'entry',
                head: 'Entry',
                cell: (entry) => (
                  <button
                    type="button"
                    className="plain num"
                    aria-expanded={open === entry.sequence}
                    onClick={() => setOpen(open === entry.sequence ? null : entry.sequence)}
                  >
                    {entry.sequence}
                  </button>
                ),
              },
              {
                key: 'when',
                head: 'When',
                isText: true,
                cell: (entry) => (entry.recordedAt === null ? 'unreadable' : formatMoment(entry.recordedAt, 'UTC')),
              },
              { key: 'who', head: 'Who', isText: true, cell: (entry) => entry.actor ?? '' },
              { key: 'act', head: 'Act', isText: true, cell: (entry) => <span className="mono">{entry.act}</span> },
              {
                key: 'target',
                head: 'Target',
                isText: true,
                cell: (entry) => (
                  <span className="clip" title={entry.targetId}>
                    {entry.targetType} <span className="mono mut">{entry.targetId}</span>
                  </span>
                ),
              },
              { key: 'space', head: 'Space', isText: true, cell: (entry) => entry.space ?? '' },
              {
                key: 'reason',
                head: 'Reason',
                isText: true,
                cell: (entry) => <span className="clip">{entry.reason}</span>,
              },
            ]}
            detail={(entry) => (open === entry.sequence ? <AuditEntryDetail entry={entry} /> : null)}
          />
        )}
      </QueryRegion>
    </main>
  )
}

function Filter({ address }: { address: AuditAddress }) {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.audit.choices.queryOptions())
  const any = { value: '', label: 'any' }
  const families = [...new Set((data?.acts ?? []).map((act) => act.split('.', 1)[0]))].map((family) => ({
    value: `${family}.`,
    label: `${family}: all`,
  }))
  const acts = [any, ...families, ...(data?.acts ?? []).map((act) => ({ value: act, label: act }))]
  const actors = [any, ...(data?.actors ?? []).map(({ id, name }) => ({ value: id, label: name }))]
  // a choice that is not in the list yet must not be lost from the address
  const withAsked = (options: typeof acts, asked: string | undefined) =>
    asked === undefined || options.some(({ value }) => value === asked)
      ? options
      : [...options, { value: asked, label: asked }]
  return (
    <form className="kbar" action="/admin/audit" key={JSON.stringify(address)}>
      <SelectField
        label="Who"
        name="actor"
        options={withAsked(actors, address.actor)}
        defaultValue={address.actor ?? ''}
        isOptional
      />
      <SelectField
        label="Act"
        name="act"
        options={withAsked(acts, address.act)}
        defaultValue={address.act ?? ''}
        isOptional
      />
      <TextField label="Target id" name="target" defaultValue={address.target} isOptional isMono />
      <TextField label="Space" name="space" defaultValue={address.space} isOptional />
      <TextField label="From" name="from" defaultValue={address.from} placeholder="2026-11-01" unit="UTC" isOptional />
      <TextField label="To" name="to" defaultValue={address.to} placeholder="2026-12-01" unit="UTC" isOptional />
      <Button type="submit">Filter</Button>
      {Object.keys(address).length > 0 ? (
        <Link className="btn" href="/admin/audit">
          Clear
        </Link>
      ) : null}
    </form>
  )
}
