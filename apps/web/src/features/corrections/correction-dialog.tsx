'use client'
import { useMutation } from '@tanstack/react-query'
import { type ReactElement, type ReactNode, useState } from 'react'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Skeleton } from '../../components/ui/region-state.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { type AskedAct, useCorrectionActs } from './correction-acts.ts'
import type { TrialView } from './correction-view.ts'
import { EffectTable } from './effect-table.tsx'
import { newId } from './new-id.ts'

/**
 * An act upon events: opened, it is tried out and its effect shown; with a reason it is done, or, where it moves much, proposed to a second person.
 * `read`: what to try, from what stands on the page now; null with words beside a field where that is not ready.
 */
export function CorrectionDialog(props: {
  space: string | null
  title: string
  trigger: ReactElement<Record<string, unknown>>
  asked: AskedAct
  intro?: ReactNode
  isDanger?: boolean
  onDone: (words: string) => void
}) {
  const { space, title, trigger, asked, intro, isDanger, onDone } = props
  const acts = useCorrectionActs(space, asked)
  const [opening, setOpening] = useState<{ id: string } | null>(null)
  const trial = useMutation({ mutationFn: acts.tryOut })
  const found = trial.data?.ok === true ? trial.data : null
  const needsSecond = found?.approval.isNeeded === true

  const open = (isOpen: boolean) => {
    setOpening(isOpen ? { id: newId() } : null)
    trial.reset()
    if (isOpen) trial.mutate()
  }
  const submit = async (data: FormData) => {
    if (found === null || opening === null) throw new Error('Wait until its effect is shown.')
    const consent = { id: opening.id, reason: String(data.get('reason')) }
    if (needsSecond) {
      await acts.propose(consent)
      onDone('Proposed. It is done when another admin of the platform approves it; it waits under Proposals.')
    } else {
      await acts.perform({ ...consent, expected: found.targets })
      onDone('Written to the journal. It takes effect when the workers come to it, which is a matter of seconds.')
    }
  }
  return (
    <FormDialog
      title={title}
      trigger={trigger}
      intro={intro}
      isOpen={opening !== null}
      onOpenChange={open}
      isWide
      isDanger={isDanger ?? false}
      submitLabel={needsSecond ? 'Propose to a second person' : 'Do it'}
      onSubmit={submit}
    >
      <div aria-live="polite">
        {trial.isPending ? <Skeleton height={96} /> : null}
        {trial.isError ? <Notice tone="danger">{trial.error.message}</Notice> : null}
        {trial.data ? <Trial trial={trial.data} /> : null}
      </div>
      <TextArea
        label="Reason"
        name="reason"
        hint="Kept with the correction and in the audit log, with your name."
        expected="why, in a few words"
        maxLength={1000}
        rows={2}
      />
    </FormDialog>
  )
}

function Trial({ trial }: { trial: TrialView }) {
  if (!trial.ok) {
    return (
      <Notice tone="danger" title="The new content would be refused">
        {trial.contents.flatMap(({ batch, pos, errors }) =>
          errors.map(({ field, message }) => (
            <p key={`${batch}:${pos} ${field} ${message}`}>
              <span className="mono">{field}</span>: {message}
            </p>
          )),
        )}
      </Notice>
    )
  }
  const { effect, money, approval } = trial
  const amounts = money.amounts.map(({ currency, amount }) => `${amount} ${currency}`).join(' and ')
  return (
    <>
      <EffectTable effect={effect} />
      <p>
        It moves <b>{amounts || 'no money'}</b> by the list
        {money.untold > 0
          ? `, and what cannot be told of ${money.untold} records: their price depends on the whole month`
          : ''}
        . Allowances are not considered.
      </p>
      {approval.isNeeded ? (
        <Notice tone="warning" title="It needs a second person">
          Above {approval.above} nobody corrects alone
          {approval.already.length > 0
            ? `, and you moved ${approval.already.map(({ currency, amount }) => `${amount} ${currency}`).join(' and ')} there in the last ${approval.hours} hours`
            : ''}
          . It is proposed, and done when another admin of the platform approves it.
        </Notice>
      ) : null}
    </>
  )
}
