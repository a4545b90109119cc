'use client'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { CopyText } from '../../components/ui/copy-text.tsx'
import { Glyph } from '../../components/ui/glyph.tsx'
import { formatCount, formatMoment } from '../../format.ts'
import { curlOf } from '../statement/statement-address.ts'

type Manifest = {
  file: string
  rows: number
  bytes: number
  sha256: string
  ledgerSequence: string
  takenAt: string
  columns: { name: string; kind: string }[]
}

type State =
  | { kind: 'idle' }
  | { kind: 'counting' }
  | { kind: 'fetching'; bytes: number; of: number }
  | { kind: 'failed'; words: string }
  | { kind: 'saved'; isWhole: boolean | null }

/** Above this a browser should not hold a file: the plain link writes it to disk as it comes. */
const HELD_BYTES_MAX = 256_000_000

/**
 * One file: what it has, counted before it is taken, and the taking of it, with how far it is. What arrived is hashed here and compared; a plain link does
 * without all that.
 */
export function FileBox({ href, manifest: manifestHref }: { href: string; manifest: string }) {
  const [manifest, setManifest] = useState<Manifest | null>(null)
  const [state, setState] = useState<State>({ kind: 'idle' })
  const abort = useRef<AbortController | null>(null)
  // the server does not know by which name the browser calls it
  const origin = useSyncExternalStore(
    () => () => undefined,
    () => window.location.origin,
    () => '',
  )
  useEffect(() => () => abort.current?.abort(), [])
  const run = async (work: (signal: AbortSignal) => Promise<State>) => {
    abort.current?.abort()
    const controller = new AbortController()
    abort.current = controller
    try {
      setState(await work(controller.signal))
    } catch (error) {
      if (!controller.signal.aborted)
        setState({ kind: 'failed', words: error instanceof Error ? error.message : 'unknown' })
    }
  }
  const count = async (signal: AbortSignal): Promise<Manifest> => {
    setState({ kind: 'counting' })
    const read: Manifest = await (await fetchFile(manifestHref, signal)).json()
    setManifest(read)
    return read
  }
  const save = (signal: AbortSignal) =>
    (async (): Promise<State> => {
      const expected = await count(signal)
      if (expected.bytes > HELD_BYTES_MAX) {
        return {
          kind: 'failed',
          words: 'it is too large to be checked here; take it by the plain link, and compare its SHA-256',
        }
      }
      const parts = await partsOf(await fetchFile(href, signal), (bytes) =>
        setState({ kind: 'fetching', bytes, of: expected.bytes }),
      )
      const blob = new Blob(parts)
      const digest = await sha256Of(blob)
      saveAs(blob, expected.file)
      return { kind: 'saved', isWhole: digest === null ? null : digest === expected.sha256 }
    })()
  const isBusy = state.kind === 'counting' || state.kind === 'fetching'
  return (
    <div className="filebox">
      <div className="kbar">
        <Button kind="main" isPending={isBusy} onClick={() => void run(save)}>
          Download and check
        </Button>
        <Button
          isPending={state.kind === 'counting'}
          onClick={() =>
            void run(async (signal) => {
              await count(signal)
              return { kind: 'idle' }
            })
          }
        >
          Count rows and checksum
        </Button>
        <a className="btn" href={href} download>
          Plain link
        </a>
      </div>
      <div role="status">
        <Words state={state} />
      </div>
      {manifest === null ? null : <Facts manifest={manifest} />}
      <p className="sub">By the command line, with the cookie of your session:</p>
      <CopyText text={curlOf(origin, href)} label="the command" isBlock />
    </div>
  )
}

function Words({ state }: { state: State }) {
  if (state.kind === 'counting') return <p className="sub">Made once to be counted…</p>
  if (state.kind === 'fetching')
    return (
      <p className="sub">
        <progress max={state.of || 1} value={state.bytes} aria-label="Bytes taken" /> {sizeText(state.bytes)} of{' '}
        {sizeText(state.of)}
      </p>
    )
  if (state.kind === 'failed') return <p className="sub bad">Not made: {state.words}.</p>
  if (state.kind === 'saved')
    return (
      <p className="badge">
        <span className={state.isWhole === false ? 'warn' : 'good'}>
          <Glyph name={state.isWhole === false ? 'warn' : 'check'} />
        </span>
        {state.isWhole === false
          ? 'Saved, and not what was counted: the usage of an open window went on in between'
          : state.isWhole === null
            ? 'Saved'
            : 'Saved whole: its SHA-256 is the one counted'}
      </p>
    )
  return null
}

function Facts({ manifest }: { manifest: Manifest }) {
  const { rows, bytes, sha256, ledgerSequence, takenAt, columns, file } = manifest
  return (
    <dl className="facts">
      <dt>File</dt>
      <dd className="mono">{file}</dd>
      <dt>Rows</dt>
      <dd>
        {formatCount(String(rows))}, {sizeText(bytes)}
      </dd>
      <dt>SHA-256</dt>
      <dd>
        <CopyText text={sha256} label="the checksum" />
      </dd>
      <dt>Taken at</dt>
      <dd>
        ledger entry {formatCount(ledgerSequence)}, {formatMoment(takenAt, 'UTC')} UTC
      </dd>
      <dt>Columns</dt>
      <dd className="mono">{columns.map(({ name }) => name).join(', ')}</dd>
    </dl>
  )
}

async function fetchFile(href: string, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(href, { signal, cache: 'no-store' })
  if (answer.ok) return answer
  const text = await answer.text()
  throw new Error(detailOf(text) ?? `the server answered ${answer.status}`)
}

/** What is said is told: in words, or in a problem of the public interface. */
function detailOf(text: string): string | null {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown }
    return typeof detail === 'string' ? detail : null
  } catch {
    return text === '' || text.length > 300 ? null : text
  }
}

async function partsOf(answer: Response, onBytes: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>[]> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  const reader = answer.body?.getReader()
  for (;;) {
    const next = await reader?.read()
    if (next === undefined || next.done) return parts
    parts.push(next.value)
    bytes += next.value.length
    onBytes(bytes)
  }
}

/** Null where the browser has no digest to give: by plain http on another machine's name. */
async function sha256Of(blob: Blob): Promise<string | null> {
  if (globalThis.crypto.subtle === undefined) return null
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function saveAs(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
