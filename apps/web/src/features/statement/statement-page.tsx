'use client'
import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { useFrame } from '../frame/frame-context.tsx'
import { useLive } from '../live/live-provider.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { StaleNotice } from '../usage/unread-usage.tsx'
import { bringIntoView } from './bring-into-view.ts'
import { ClosingChecklist } from './closing-checklist.tsx'
import { LINE_HEADING, LineDrawer } from './line-drawer.tsx'
import { MonthsRail } from './months-rail.tsx'
import { readOpened } from './statement-address.ts'
import { StatementBar } from './statement-bar.tsx'
import { StatementExpected } from './statement-expected.tsx'
import { StatementFiles } from './statement-files.tsx'
import { StatementHead } from './statement-head.tsx'
import { StatementProof } from './statement-proof.tsx'
import { Reading, Unread } from './statement-regions.tsx'
import { lineAnchor, StatementTable } from './statement-table.tsx'
import type { LineView, MonthView, StatementView } from './statement-view.ts'
import { isProvisional } from './statement-words.ts'

const POLL_MS = 30_000

/** One month of the space: what it comes to, line by line, and the proof of it. */
export function StatementPage({ id }: { id: string }) {
  const { space } = useFrame()
  const trpc = useTRPC()
  const { isPaused } = useLive()
  const list = useQuery(trpc.statements.list.queryOptions({ space: space.slug }))
  const query = useQuery(
    trpc.statements.get.queryOptions(
      { space: space.slug, id },
      {
        refetchInterval: ({ state }) => (!isPaused && state.data && isProvisional(state.data.state) ? POLL_MS : false),
      },
    ),
  )
  // none, if they could not be read: the statement itself is shown all the same
  const months = list.data?.months ?? (list.isError ? [] : null)
  return (
    <>
      <StatementBar months={months} id={id} />
      <main id="main" tabIndex={-1}>
        {query.isError && query.data ? <StaleNotice onRetry={() => query.refetch()} /> : null}
        {query.data ? (
          <Statement statement={query.data} months={months} isStale={query.isError} />
        ) : query.isError ? (
          <Unread
            title="This statement could not be read"
            error={query.error}
            height={420}
            onRetry={() => query.refetch()}
          />
        ) : (
          <Reading name="the statement" height={620} />
        )}
      </main>
    </>
  )
}

function Statement(props: { statement: StatementView; months: MonthView[] | null; isStale: boolean }) {
  const { statement, months } = props
  const params = useSearchParams()
  const { line: asked, entry } = readOpened((key) => params.get(key))
  const line = statement.lines.find((each) => each.id === asked) ?? null
  useFocusFollows(line)
  return (
    <div className={[line ? 'opened' : '', props.isStale ? 'stale' : ''].filter(Boolean).join(' ')}>
      <StatementHead statement={statement} />
      <div className="stm">
        <StatementTable statement={statement} line={line?.id ?? null} />
        {line ? <LineDrawer key={line.id} statement={statement} line={line} entry={entry} months={months} /> : null}
        <div className="stmrail">
          {isProvisional(statement.state) ? (
            <>
              <StatementExpected statement={statement} />
              <ClosingChecklist items={statement.checklist} zone={statement.zone} />
            </>
          ) : null}
          <StatementProof statement={statement} />
          <StatementFiles id={statement.id} />
          <MonthsRail months={months} id={statement.id} />
        </div>
      </div>
    </div>
  )
}

/** Whoever opens a line is taken to it, and back to where they were when they close it; on arrival nothing moves. */
function useFocusFollows(line: LineView | null): void {
  const before = useRef(line?.id ?? null)
  useEffect(() => {
    const now = line?.id ?? null
    if (before.current === now) return
    const target = now === null ? lineAnchor(before.current ?? '') : LINE_HEADING
    before.current = now
    const element = document.getElementById(target)
    element?.focus({ preventScroll: true })
    bringIntoView(element)
  }, [line])
}
