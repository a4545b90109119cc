'use client'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { RegionState } from '../../components/ui/region-state.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { bringIntoView } from './bring-into-view.ts'
import { entriesOf } from './entries-query.ts'
import { entryAnchor, LineEntry } from './line-entry.tsx'
import { Reading, Unread } from './statement-regions.tsx'
import type { EntryView, LineView, MonthView, StatementView } from './statement-view.ts'
import { isProvisional } from './statement-words.ts'

/** As many pages as are turned by themselves to reach the entry that an address names. */
const SEARCH_PAGES_MAX = 20

type Props = { statement: StatementView; line: LineView; entry: string | null; months: MonthView[] | null }

/** The ledger's entries of a line, in the order in which they were posted. */
export function LineEntries(props: Props) {
  const { statement, line, entry } = props
  const { space } = useFrame()
  const trpc = useTRPC()
  const query = useInfiniteQuery(
    trpc.statements.entries.infiniteQueryOptions({ space: space.slug, id: statement.id, line: line.id }, entriesOf),
  )
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? []
  const pageCount = query.data?.pages.length ?? 0
  const isSought =
    entry !== null &&
    pageCount > 0 &&
    pageCount < SEARCH_PAGES_MAX &&
    !entries.some(({ sequence }) => sequence === entry)
  const { hasNextPage, isFetching, fetchNextPage } = query
  useEffect(() => {
    if (isSought && hasNextPage && !isFetching) void fetchNextPage()
  }, [isSought, hasNextPage, isFetching, fetchNextPage])

  const isFound = entry !== null && entries.some(({ sequence }) => sequence === entry)
  useEffect(() => {
    if (isFound && entry !== null) bringIntoView(document.getElementById(entryAnchor(entry)))
  }, [isFound, entry])

  if (query.isPending) return <Reading name="entries" height={240} />
  if (query.isError && entries.length === 0)
    return <Unread title="The entries could not be read" error={query.error} onRetry={() => query.refetch()} />
  if (entries.length === 0) return <NoEntries statement={statement} />
  return (
    <>
      <Entries {...props} entries={entries} />
      {entry !== null && !isFetching && !isFound ? (
        <p className="sub" role="status">
          Entry {entry} is not among these.
        </p>
      ) : null}
      {query.isFetchNextPageError ? <p className="sub bad">The next entries could not be read.</p> : null}
      {hasNextPage ? (
        <button type="button" className="btn line more" disabled={isFetching} onClick={() => fetchNextPage()}>
          {query.isFetchingNextPage ? 'Reading…' : 'More entries'}
        </button>
      ) : null}
    </>
  )
}

function Entries(props: Props & { entries: EntryView[] }) {
  const shown = new Set(props.entries.map(({ sequence }) => sequence))
  const corrected = props.months?.find(({ period }) => period.start === props.line.correctionOf)
  return (
    <ol className="entries" aria-label="Entries">
      {props.entries.map((each) => (
        <LineEntry
          key={each.sequence}
          statement={props.statement}
          line={props.line}
          entry={each}
          isOpen={each.sequence === props.entry}
          isAdjustedHere={each.adjusts !== null && shown.has(each.adjusts)}
          corrected={corrected?.id ?? null}
        />
      ))}
    </ol>
  )
}

function NoEntries({ statement }: { statement: StatementView }) {
  return (
    <RegionState title="No entries" height={160}>
      <p>
        {isProvisional(statement.state)
          ? 'This line is computed from what was agreed; its entry is posted when the month is closed.'
          : 'This line has no entry of its own in the ledger.'}
      </p>
    </RegionState>
  )
}
