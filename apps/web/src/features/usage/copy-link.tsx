'use client'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Glyph } from '../../components/ui/glyph.tsx'
import { Popup } from '../../components/ui/popup.tsx'
import { useTRPC } from '../portal/trpc.ts'

/** The same view as something else: a command or a question for a program. `name`: `curl`. */
export type CopyForm = { name: string; text: string }

/** Takes the view along: as it is then, as it is now for ever, or as a question to the API. `forms`: what this page can be asked as. */
export function CopyLink(props: {
  space: string
  forms?: readonly CopyForm[]
  canFreeze?: boolean
  isFrozen?: boolean
}) {
  return (
    <Popup
      className="btn"
      shortcut="c"
      align="end"
      label="Copy link"
      trigger={
        <>
          Copy<span className="wide"> link</span>
        </>
      }
      title="Take this view along"
      content={() => <Ways {...props} />}
    />
  )
}

/** `canFreeze`: everything that the page shows is read in the state that its address names; `isFrozen`: it names one. */
function Ways({ space, forms = [], canFreeze = false, isFrozen = false }: Parameters<typeof CopyLink>[0]) {
  const trpc = useTRPC()
  const freeze = useMutation(trpc.frozen.freeze.mutationOptions())
  const here = async () => window.location.href
  const frozen = async () => {
    const { origin, pathname, search } = window.location
    const page = pathname.slice(`/s/${space}`.length)
    const { id } = await freeze.mutateAsync({ space, page, query: search })
    return `${origin}/s/${space}/v/${id}`
  }
  return (
    <div className="ways">
      {isFrozen ? null : <Way name="Live link" note="What this page says when it is opened" text={here} />}
      {canFreeze ? (
        <Way
          name="Frozen link"
          note="These digits for ever, whatever is corrected later"
          text={isFrozen ? here : frozen}
        />
      ) : null}
      {forms.map((form) => (
        <Way key={form.name} name={`As ${form.name}`} text={async () => form.text} />
      ))}
    </div>
  )
}

type State =
  | { kind: 'idle' }
  | { kind: 'busy' }
  | { kind: 'copied' }
  | { kind: 'shown'; text: string }
  | { kind: 'failed'; why: string }

/** One thing to copy. Where the browser does not let us, it is shown to be copied by hand. */
function Way({ name, note, text }: { name: string; note?: string; text: () => Promise<string> }) {
  const [state, setState] = useState<State>({ kind: 'idle' })
  const copy = async () => {
    setState({ kind: 'busy' })
    try {
      const found = await text()
      const isCopied = await navigator.clipboard?.writeText(found).then(
        () => true,
        () => false,
      )
      setState(isCopied ? { kind: 'copied' } : { kind: 'shown', text: found })
    } catch (error) {
      setState({ kind: 'failed', why: error instanceof Error ? error.message : 'no answer' })
    }
  }
  return (
    <div className="way">
      <button type="button" className="item" disabled={state.kind === 'busy'} onClick={() => void copy()}>
        <span>{name}</span>
        {state.kind === 'copied' ? (
          <span className="mut">
            <Glyph name="check" /> Copied
          </span>
        ) : null}
      </button>
      {note ? <p className="sub">{note}</p> : null}
      {state.kind === 'shown' ? (
        <input aria-label={name} readOnly value={state.text} onFocus={(event) => event.target.select()} />
      ) : null}
      <p className="vh" role="status">
        {state.kind === 'copied' ? `${name} copied` : ''}
      </p>
      {state.kind === 'failed' ? <p className="problem">It could not be made: {state.why}</p> : null}
    </div>
  )
}
