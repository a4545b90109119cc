'use client'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { PROPOSE_LABEL } from '../catalogue/backdating.tsx'
import { isPast } from '../catalogue/typed-moment.ts'
import { useTRPC } from '../portal/trpc.ts'
import { draftOfForm, draftOfJson, formOfDraft, type VersionForm, type VersionInput } from './meter-draft-form.ts'
import { MeterFields } from './meter-fields.tsx'
import { MeterShadow, MeterTrial, type ShadowResult, type Trial } from './meter-trial.tsx'

const SHADOW_DAYS = 7

/**
 * Drafts a version, by form or as JSON, and tries it. It can be saved once exactly what is to be saved was tried. A version of a meter that exists is proposed
 * where it begins in the past: what is counted would have been measured otherwise.
 */
export function MeterEditor(props: {
  initial: VersionForm
  /** The meter that gets a version; null for a new one, which has nothing to stand beside. */
  meter: string | null
  unit: string
  saveLabel: string
  /** Fields above the version's own: name and capability of a new meter. */
  children?: ReactNode
  onSave: (input: VersionInput, more: { isBackDated: boolean; reason: string }) => Promise<unknown>
}) {
  const { meter, unit } = props
  const trpc = useTRPC()
  const types = useQuery(trpc.meters.eventTypes.queryOptions())
  const [form, setForm] = useState(props.initial)
  const [json, setJson] = useState<string | null>(null)
  const [pasted, setPasted] = useState('')
  const [reason, setReason] = useState('')
  const [isWhole, setWhole] = useState(false)
  const [result, setResult] = useState<{ key: string; trial: Trial; shadow: ShadowResult | null } | null>(null)
  const tryOut = useMutation(trpc.meters.tryOut.mutationOptions())
  const shadowOut = useMutation(trpc.meters.shadow.mutationOptions())

  const ofJson = json === null ? null : draftOfJson(json)
  const ofForm = draftOfForm(form)
  const draft = ofJson ?? ofForm
  const key = draft.ok ? JSON.stringify(draft.input) : null
  const isTried = key !== null && result?.key === key
  const inPast = draft.ok && isPast(draft.input.effectiveFrom, Date.now())
  const needsSecond = inPast && meter !== null
  const save = useMutation({
    mutationFn: async (input: VersionInput) => {
      if (needsSecond && reason.trim() === '')
        throw new Error('Expected a reason for whoever approves it, found nothing.')
      return props.onSave(input, { isBackDated: inPast, reason: reason.trim() })
    },
  })
  const isBusy = tryOut.isPending || shadowOut.isPending
  const error = tryOut.error ?? shadowOut.error ?? save.error

  const tryIt = async () => {
    setWhole(true)
    save.reset()
    if (!draft.ok || key === null) return
    const version = draft.input
    const trial = await tryOut.mutateAsync({ version, ...(pasted.trim() === '' ? {} : { pasted }) })
    const to = new Date()
    const from = new Date(to.getTime() - SHADOW_DAYS * 86_400_000)
    const shadow =
      meter === null
        ? null
        : await shadowOut.mutateAsync({ meter, version, from: from.toISOString(), to: to.toISOString() })
    setResult({ key, trial, shadow })
  }
  const turn = () => {
    if (json !== null) {
      if (ofJson?.ok) setForm(formOfDraft(ofJson.input))
      if (ofJson?.ok || json.trim() === '') setJson(null)
    } else setJson(ofForm.ok ? JSON.stringify(ofForm.input, null, 2) : '')
  }

  return (
    <div className="editor">
      <form
        noValidate
        aria-label="Draft"
        onSubmit={(event) => {
          event.preventDefault()
          void tryIt().catch(() => undefined)
        }}
      >
        {props.children}
        {json === null ? (
          <MeterFields
            form={form}
            faults={ofForm.ok ? {} : ofForm.faults}
            isWhole={isWhole}
            eventTypes={(types.data ?? []).map(({ type }) => type)}
            onChange={(change) => setForm((now) => ({ ...now, ...change }))}
          />
        ) : (
          <TextArea
            label="The version as JSON"
            name="json"
            isMono
            rows={22}
            value={json}
            error={ofJson?.ok === false && json.trim() !== '' ? ofJson.fault : null}
            hint="The same draft: effectiveFrom, eventType, aggregation, value, divisor, groupBy, subjectRequired, dataSchema."
            onChange={(event) => setJson(event.currentTarget.value)}
          />
        )}
        <TextArea
          label="Try it on these events instead"
          name="pasted"
          isMono
          isOptional
          value={pasted}
          hint="One event, an array, one a line, or just the data of one. Left empty: recent real events."
          onChange={(event) => setPasted(event.currentTarget.value)}
        />
        {inPast ? (
          <Notice tone="warning" title="This begins in the past">
            Usage since then was measured otherwise, or not at all. It stays as it is until it is re-attributed or
            replayed.{needsSecond ? ' Another person has to approve it.' : ''}
          </Notice>
        ) : null}
        <div className="kactions">
          <Button kind="plain" onClick={turn}>
            {json === null ? 'Write it as JSON' : 'Back to the form'}
          </Button>
          <Button type="submit" kind={isTried ? 'line' : 'main'} isPending={isBusy}>
            Try it
          </Button>
        </div>
      </form>
      <section aria-label="Result" aria-live="polite">
        {error ? <Notice tone="danger">{error.message}</Notice> : null}
        {result === null ? (
          <p className="hint">
            Nothing was tried yet. Trying writes nothing: it shows what this draft makes of real events.
          </p>
        ) : (
          <div className={isTried ? undefined : 'stale'}>
            {isTried ? null : <p className="hint">The draft was changed since: try it again.</p>}
            <h2>On events</h2>
            <MeterTrial trial={result.trial} unit={unit} />
            {result.shadow === null ? null : (
              <>
                <h2>Beside the version in force</h2>
                <MeterShadow shadow={result.shadow} />
              </>
            )}
          </div>
        )}
        {isTried ? (
          <form
            className="kfields"
            aria-label="Save"
            onSubmit={(event) => {
              event.preventDefault()
              if (draft.ok) save.mutate(draft.input)
            }}
          >
            <TextArea
              label="Reason"
              name="reason"
              isOptional={!needsSecond}
              rows={2}
              maxLength={1000}
              value={reason}
              hint="Kept in the audit log, with your name."
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <div className="kactions">
              <Button type="submit" kind="main" isPending={save.isPending}>
                {needsSecond ? PROPOSE_LABEL : props.saveLabel}
              </Button>
            </div>
          </form>
        ) : null}
      </section>
    </div>
  )
}
