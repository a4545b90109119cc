'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { inferRouterInputs } from '@trpc/server'
import { Button } from '../../components/ui/button.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatMonth, formatPayable } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { EffectDialog, textOf } from '../catalogue/effect-dialog.tsx'
import { useTRPC } from '../portal/trpc.ts'
import type { SpaceSettingsView } from './space-facts.tsx'
import type { TermView } from './space-terms.tsx'

type Kind = inferRouterInputs<AppRouter>['developerSpaces']['tryTerm']['kind']

/** A discount, a minimum or a credit: shown on the month that runs before it is agreed. */
export function AgreeTerm({ found }: { found: SpaceSettingsView }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const agree = useMutation(trpc.developerSpaces.agreeTerm.mutationOptions())
  const { slug: spaceSlug, currency, capabilities } = found
  return (
    <EffectDialog
      title={`Agree something with ${found.name}`}
      intro="It stands as a line of its own on the statement of each month, from the first one on. A month that is over keeps what was agreed for it."
      trigger={<Button>Agree…</Button>}
      read={(data) => {
        const much = textOf(data, 'amount')
        const isPercent = textOf(data, 'unit') === 'percent'
        return {
          asked: {
            spaceSlug,
            kind: textOf(data, 'kind') as Kind,
            capability: textOf(data, 'capability') || null,
            percent: isPercent ? much : null,
            amount: isPercent ? null : much,
            text: textOf(data, 'text'),
            firstMonth: textOf(data, 'firstMonth'),
            lastMonth: textOf(data, 'lastMonth') || null,
          },
          reason: textOf(data, 'reason'),
        }
      }}
      saveLabel="Agree it"
      tryOut={async ({ asked }) => {
        const effect = await queryClient.fetchQuery(
          trpc.developerSpaces.tryTerm.queryOptions(asked, { staleTime: 0, gcTime: 0 }),
        )
        const money = (text: string) => `${formatPayable(text, effect.currency)} ${effect.currency}`
        return (
          <Notice tone="info" title={`${money(effect.before)} would be ${money(effect.after)}`}>
            That is {formatMonth(effect.month, effect.zone)} with what is posted of it by now, were this in force.
          </Notice>
        )
      }}
      save={async ({ asked, reason }) => {
        await agree.mutateAsync({ ...asked, reason })
        await queryClient.invalidateQueries({ queryKey: trpc.developerSpaces.pathKey() })
      }}
    >
      <div className="pairs">
        <SelectField
          label="Kind"
          name="kind"
          options={[
            { value: 'discount', label: 'Discount' },
            { value: 'minimum', label: 'Minimum' },
            { value: 'credit', label: 'Credit' },
          ]}
          hint="Applied in this order: discounts, minimums, credits."
        />
        <SelectField
          label="Of"
          name="capability"
          isOptional
          options={[
            { value: '', label: 'the whole statement' },
            ...capabilities.map(({ key, name }) => ({ value: key, label: name })),
          ]}
          hint="One capability, or all there is to pay."
        />
      </div>
      <div className="pairs">
        <TextField label="How much" name="amount" isMono inputMode="decimal" placeholder="12.5" />
        <SelectField
          label="In"
          name="unit"
          options={[
            { value: 'percent', label: 'percent of it' },
            { value: 'amount', label: `${currency} a month` },
          ]}
        />
      </div>
      <TextField label="Words on the statement" name="text" maxLength={200} placeholder="Launch discount" />
      <div className="pairs">
        <TextField
          label="First month"
          name="firstMonth"
          isMono
          defaultValue={monthOf(found)}
          placeholder="2026-12"
          hint="The one that runs, or a later one."
        />
        <TextField
          label="Last month"
          name="lastMonth"
          isMono
          isOptional
          placeholder="further notice"
          hint="With it it ends."
        />
      </div>
      <TextField
        label="Reason"
        name="reason"
        isOptional
        maxLength={1000}
        hint="Kept in the audit log, with your name."
      />
    </EffectDialog>
  )
}

export function EndTerm({ found, term }: { found: SpaceSettingsView; term: TermView }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const end = useMutation(trpc.developerSpaces.endTerm.mutationOptions())
  return (
    <FormDialog
      title={`End: ${term.text}`}
      intro="The months up to the last one keep it. With a last month before its first one it never holds."
      trigger={
        <button type="button" className="link" aria-label={`End: ${term.text}`}>
          End…
        </button>
      }
      submitLabel="End it"
      isDanger
      onSubmit={async (data) => {
        await end.mutateAsync({
          ...{ spaceSlug: found.slug, id: term.id, from: term.from },
          ...{ lastMonth: textOf(data, 'lastMonth'), reason: textOf(data, 'reason') },
        })
        await queryClient.invalidateQueries({ queryKey: trpc.developerSpaces.pathKey() })
      }}
    >
      <TextField label="Last month" name="lastMonth" isMono defaultValue={monthOf(found)} placeholder="2026-12" />
      <TextField
        label="Reason"
        name="reason"
        isOptional
        maxLength={1000}
        hint="Kept in the audit log, with your name."
      />
    </FormDialog>
  )
}

/** The month that runs, as somebody would type it. */
function monthOf({ month }: SpaceSettingsView): string {
  // the middle of the month is within it by every clock
  const middle = (Date.parse(month.start) + Date.parse(month.end)) / 2
  return new Date(middle).toISOString().slice(0, 7)
}
