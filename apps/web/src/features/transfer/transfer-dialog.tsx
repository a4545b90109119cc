'use client'
// Transfer: an app changes its developer space, with the consent of both sides.
// Promises: what it moves is shown before it is asked for; what is shown is of exactly what is asked for.
// Does not know: who may consent, how usage is attributed anew.
import { InstantText } from '@meterbook/core/catalogue'
import type { inferRouterOutputs } from '@trpc/server'
import type { ReactElement } from 'react'
import { z } from 'zod'
import { Notice } from '../../components/ui/notice.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatCount, formatMoment } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { checkedInput, EffectDialog, textOf } from '../catalogue/effect-dialog.tsx'
import { typedMoment } from '../catalogue/typed-moment.ts'
import { EffectTable } from '../corrections/effect-table.tsx'

type Trial = inferRouterOutputs<AppRouter>['apps']['tryTransferAnywhere']

/** `at` null: the moment it is done. */
export type TransferAsked = { to: string; at: string | null; reason: string; standsFor: 'from' | 'to' }

const Asked = z.object({
  to: z.string().min(1, { error: 'expected the slug of a developer space, found nothing' }),
  at: InstantText.nullable(),
  reason: z.string().min(1, { error: 'expected why, found nothing' }),
  standsFor: z.enum(['from', 'to']),
})

/**
 * Asks for a transfer. `spaces`: those to choose from; null where the other side is named by its slug. `isStandingIn`: the asker belongs to neither side and
 * says for which one they consent.
 */
export function TransferDialog(props: {
  app: { name: string; owner: string | null }
  trigger: ReactElement<Record<string, unknown>>
  spaces: readonly { slug: string; name: string }[] | null
  isStandingIn: boolean
  /** what the moment of the transfer is to begin with; it can be changed */
  at?: string | undefined
  tryOut: (asked: TransferAsked) => Promise<Trial>
  ask: (asked: TransferAsked) => Promise<unknown>
}) {
  const { app, trigger, spaces, isStandingIn, tryOut, ask } = props
  return (
    <EffectDialog
      title={app.owner === null ? `Give ${app.name} to a space` : `Transfer ${app.name} to another space`}
      intro="Usage before the instant stays where it is, usage from it on is the new owner's. Its keys go on working: replace those that the former owner knows."
      trigger={trigger}
      saveLabel={app.owner === null ? 'Give it, or propose it' : 'Ask the other side'}
      read={(data) => {
        const at = textOf(data, 'at')
        return checkedInput(Asked, {
          ...{ to: textOf(data, 'to'), at: at === '' ? null : typedMoment(at), reason: textOf(data, 'reason') },
          standsFor: textOf(data, 'standsFor') === 'to' ? 'to' : 'from',
        }) as TransferAsked
      }}
      tryOut={async (asked) => <TransferEffect trial={await tryOut(asked)} owner={app.owner} />}
      save={ask}
    >
      {spaces === null ? (
        <TextField
          label="To"
          name="to"
          isMono
          placeholder="quarry-lane"
          hint="The slug of the other developer space; its admins have to consent."
        />
      ) : (
        <SelectField
          label="To"
          name="to"
          defaultValue=""
          options={[
            { value: '', label: 'choose', isOff: true },
            ...spaces.map(({ slug, name }) => ({ value: slug, label: `${name} (${slug})` })),
          ]}
        />
      )}
      <TextField
        label="From when on"
        name="at"
        isMono
        isOptional
        unit="UTC"
        defaultValue={props.at}
        placeholder="now"
        hint="2026-12-01, or 2026-12-01 08:30. Left empty: the moment it is approved. Not in a month that is closed or closing."
      />
      {isStandingIn && app.owner !== null ? (
        <SelectField
          label="You consent for"
          name="standsFor"
          defaultValue="from"
          hint="An admin of the other side, or another platform admin, has to approve it."
          options={[
            { value: 'from', label: `${app.owner}, who gives it away` },
            { value: 'to', label: 'the space that gets it' },
          ]}
        />
      ) : null}
      <TextArea
        label="Reason"
        name="reason"
        rows={2}
        maxLength={1000}
        expected="why, in a few words"
        hint="For whoever approves, and for the audit log."
      />
    </EffectDialog>
  )
}

function TransferEffect({ trial, owner }: { trial: Trial; owner: string | null }) {
  const { at, isBackDated, events, effect, entitlements } = trial
  return (
    <>
      <Notice tone={isBackDated ? 'warning' : 'info'} title={`From ${formatMoment(at, 'UTC')} UTC on`}>
        {isBackDated
          ? events === 0
            ? 'Nothing was used since then: nothing is attributed anew.'
            : `${formatCount(String(events))} event${events === 1 ? '' : 's'} since then ${events === 1 ? 'is' : 'are'} attributed anew, and the ledgers of both sides get the difference.`
          : 'Nothing that was used before changes.'}
        {owner === null && !isBackDated ? ' Nobody owns it, so it is done at once.' : ''}
        {isBackDated && events > 0 && effect === null ? ' They are too many to tell before what becomes of each.' : ''}
      </Notice>
      {entitlements === null ? null : (
        <p>
          {entitlements.moved} of {entitlements.moved + entitlements.ended} capabilities go on under the new owner’s
          price book
          {entitlements.ended > 0 ? '; the others end, and usage of them is held until a right is given.' : '.'}
        </p>
      )}
      {effect === null ? null : <EffectTable effect={effect} />}
    </>
  )
}
