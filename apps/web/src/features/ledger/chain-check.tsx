'use client'
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Exact } from '../../components/ui/exact.tsx'
import { Glyph } from '../../components/ui/glyph.tsx'
import { formatClock, formatCount } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'
import type { ChainSource, ChainVerdict } from './verify-in-browser.ts'

type State =
  | { kind: 'idle' }
  | { kind: 'running'; done: number; of: number }
  | { kind: 'failed'; words: string }
  | { kind: 'done'; verdict: ChainVerdict; at: string }

/**
 * Verifies a stretch of a space's chain in the reader's own browser, up to the head that is published for anybody: of a statement, or from an entry on. What
 * verifies is loaded when it is asked for.
 */
export function ChainCheck(props: {
  space: string
  statement?: string
  from?: string
  label: string
  /** Stands beside the button. */
  aside?: ReactNode
}) {
  const { space, statement, from, label, aside } = props
  const [state, setState] = useState<State>({ kind: 'idle' })
  const source = useSource({ space, statement, from })
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])
  const run = async () => {
    running.current?.abort()
    const abort = new AbortController()
    running.current = abort
    setState({ kind: 'running', done: 0, of: 0 })
    try {
      const { verifyInBrowser } = await import('./verify-in-browser.ts')
      const verdict = await verifyInBrowser(source, {
        signal: abort.signal,
        onProgress: (done, of) => setState({ kind: 'running', done, of }),
      })
      if (verdict.fault === null) remember(verdict.spaceId, verdict.last)
      setState({ kind: 'done', verdict, at: new Date().toISOString() })
    } catch (error) {
      if (!abort.signal.aborted) setState({ kind: 'failed', words: error instanceof Error ? error.message : 'unknown' })
    }
  }
  return (
    <div className="chain">
      <div role="status" aria-live="polite">
        {state.kind === 'done' ? <Verdict verdict={state.verdict} at={state.at} /> : null}
        {state.kind === 'failed' ? (
          <p className="badge">
            <span className="warn">
              <Glyph name="warn" />
            </span>
            Not verified: {state.words}
          </p>
        ) : null}
      </div>
      {state.kind === 'running' ? (
        <p className="sub">
          <progress max={state.of || 1} value={state.done} aria-label="Entries verified" />{' '}
          {state.of === 0
            ? 'Fetching…'
            : `${formatCount(String(state.done))} of ${formatCount(String(state.of))} entries`}
        </p>
      ) : null}
      <p className="kbar">
        <Button isPending={state.kind === 'running'} onClick={() => void run()}>
          {state.kind === 'done' ? 'Verify again' : label}
        </Button>
        {aside}
      </p>
    </div>
  )
}

function useSource(asked: { space: string; statement: string | undefined; from: string | undefined }): ChainSource {
  const { space, statement, from } = asked
  const trpc = useTRPC()
  const client = useQueryClient()
  // every page is asked for anew: a check of what an earlier one kept would be none
  const fresh = { staleTime: 0, gcTime: 0 }
  return {
    span: () =>
      client.fetchQuery({
        ...trpc.ledger.span.queryOptions({ space, ...(statement && { statement }), ...(from && { from }) }),
        ...fresh,
      }),
    rows: (after) => client.fetchQuery({ ...trpc.ledger.rows.queryOptions({ space, after }), ...fresh }),
    published: async (cursor) => {
      const answer = await fetch(`/api/v1/ledger/heads${cursor === null ? '' : `?cursor=${cursor}`}`, {
        cache: 'no-store',
      })
      if (!answer.ok) throw new Error(`the published heads could not be read (${answer.status})`)
      return answer.json()
    },
    remembered,
  }
}

function Verdict({ verdict, at }: { verdict: ChainVerdict; at: string }) {
  const { first, last, fault, published, sum, tookMs } = verdict
  const range = `Entries ${formatCount(first.sequence)} to ${formatCount(last.sequence)}`
  if (fault !== null) {
    return (
      <>
        <p className="badge bad">
          <Glyph name="warn" /> The chain is broken
        </p>
        <p className="sub">
          {fault.charAt(0).toUpperCase() + fault.slice(1)}. Do not rely on these figures until whoever runs this
          Meterbook has looked.
        </p>
      </>
    )
  }
  return (
    <>
      <p className="badge">
        <span className="good">
          <Glyph name="check" />
        </span>
        Chain verified
        <span className="end sub num">
          {formatClock(at, 'UTC')} UTC, {(tookMs / 1_000).toFixed(1)} s
        </span>
      </p>
      <p className="sub">{range}: none altered, missing, added or reordered.</p>
      <Hash name="first" text={first.hash} />
      <Hash name="last" text={last.hash} />
      <p className="sub">
        {published === null
          ? 'No head of this chain is published yet.'
          : `It agrees with the head published for anybody, entry ${formatCount(published.sequence)}.`}
        {verdict.remembered
          ? ` And with entry ${formatCount(verdict.remembered.sequence)}, which this browser kept.`
          : ''}
      </p>
      {sum === null ? null : (
        <p className={sum.isEqual ? 'sub' : 'sub bad'}>
          Added up here, its {formatCount(String(sum.entries))} entries of this month come to{' '}
          <Exact text={sum.amount} isWhole />
          {sum.isEqual ? '.' : `, and not to ${sum.expected}.`}
        </p>
      )}
    </>
  )
}

function Hash({ name, text }: { name: string; text: string }) {
  return (
    <p className="hash line" title={text}>
      <span className="mut">{name} </span>
      {text}
    </p>
  )
}

const KEPT_MAX = 5
const keyOf = (spaceId: string) => `meterbook.heads.${spaceId}`

/** A reader's own memory of heads: rewriting a chain that was seen once is found here, whatever the server says. */
function remembered(spaceId: string): { sequence: string; hash: string }[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(spaceId)) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isHead).slice(-KEPT_MAX) : []
  } catch {
    return []
  }
}

function remember(spaceId: string, { sequence, hash }: { sequence: string; hash: string }): void {
  const others = remembered(spaceId).filter((head) => head.sequence !== sequence)
  try {
    localStorage.setItem(keyOf(spaceId), JSON.stringify([...others, { sequence, hash }].slice(-KEPT_MAX)))
  } catch {
    // a browser that keeps nothing verifies all the same
  }
}

function isHead(value: unknown): value is { sequence: string; hash: string } {
  const { sequence, hash } = (value ?? {}) as Record<string, unknown>
  return (
    typeof sequence === 'string' &&
    /^\d{1,19}$/.test(sequence) &&
    typeof hash === 'string' &&
    /^[0-9a-f]{64}$/.test(hash)
  )
}
