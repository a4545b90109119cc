'use client'
import { CatalogueKey, InstantText } from '@meterbook/core/catalogue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { z } from 'zod'
import { Button } from '../../components/ui/button.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { demandReason, PROPOSE_LABEL } from '../catalogue/backdating.tsx'
import { checkedInput, EffectDialog, textOf } from '../catalogue/effect-dialog.tsx'
import { isPast, typedMoment } from '../catalogue/typed-moment.ts'
import { useTRPC } from '../portal/trpc.ts'
import { GrantEffect } from './grant-effect.tsx'
import { PickField } from './pick-field.tsx'

export interface InitialGrant {
  appIds: readonly string[]
  capabilityKeys: readonly string[]
  from: string
  to: string | null
}

const Asked = z.object({
  appIds: z.array(z.uuid()).min(1, { error: 'expected at least one app, found none' }),
  capabilityKeys: z.array(CatalogueKey).min(1, { error: 'expected at least one capability, found none' }),
  from: InstantText,
  to: InstantText.nullable(),
  reason: z.string(),
})

/** Gives many apps many rights at once. From now on it is done; in the past it is proposed, with what it would re-attribute. */
export function GrantDialog({ label = 'Give rights', initial }: { label?: string; initial?: InitialGrant }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const rights = useQuery(trpc.entitlements.list.queryOptions({}))
  const tryGrant = useMutation(trpc.entitlements.tryGrant.mutationOptions())
  const grant = useMutation(trpc.entitlements.grant.mutationOptions())
  const propose = useMutation(trpc.entitlements.proposeGrant.mutationOptions())
  const refresh = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: trpc.entitlements.pathKey() }),
      queryClient.invalidateQueries({ queryKey: trpc.proposals.pathKey() }),
    ])
  return (
    <EffectDialog
      title="Give rights"
      intro="Each app gets each capability, under the price book of whichever space owned it when. What is there already is left alone."
      trigger={<Button kind={initial ? 'line' : 'main'}>{label}</Button>}
      read={(data) => {
        const to = textOf(data, 'to')
        const asked = checkedInput(Asked, {
          ...{ appIds: data.getAll('appIds').map(String), capabilityKeys: data.getAll('capabilityKeys').map(String) },
          ...{ from: typedMoment(textOf(data, 'from')), to: to === '' ? null : typedMoment(to) },
          reason: textOf(data, 'reason'),
        })
        if (isPast(asked.from, Date.now())) demandReason(asked.reason)
        return asked
      }}
      saveLabel={({ from }) => (isPast(from, Date.now()) ? PROPOSE_LABEL : 'Give them')}
      tryOut={async ({ reason: _why, ...asked }) => <GrantEffect trial={await tryGrant.mutateAsync(asked)} />}
      save={async (asked) => {
        if (isPast(asked.from, Date.now())) await propose.mutateAsync(asked)
        else await grant.mutateAsync(asked)
        await refresh()
      }}
    >
      <PickField
        label="Apps"
        name="appIds"
        options={(rights.data?.apps ?? []).map(({ id, name, space }) => ({
          value: id,
          label: name,
          note: space?.name ?? 'nobody',
        }))}
        initial={initial?.appIds ?? []}
      />
      <PickField
        label="Capabilities"
        name="capabilityKeys"
        options={(rights.data?.capabilities ?? []).map(({ key, name }) => ({ value: key, label: name, note: key }))}
        initial={initial?.capabilityKeys ?? []}
      />
      <div className="pairs">
        <TextField
          label="From"
          name="from"
          isMono
          unit="UTC"
          defaultValue={initial?.from ?? ''}
          placeholder="2026-12-01"
          hint="In the past it needs a second person."
        />
        <TextField
          label="To"
          name="to"
          isMono
          unit="UTC"
          isOptional
          defaultValue={initial?.to ?? ''}
          placeholder="further notice"
        />
      </div>
      <TextArea
        label="Reason"
        name="reason"
        isOptional
        rows={2}
        maxLength={1000}
        hint="For the audit log, and for whoever approves."
      />
    </EffectDialog>
  )
}
