'use client'
import { InstantText } from '@meterbook/core/catalogue'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { z } from 'zod'
import { Notice } from '../../components/ui/notice.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatMoment } from '../../format.ts'
import { demandReason, PROPOSE_LABEL, useBackdating } from '../catalogue/backdating.tsx'
import { checkedInput, EffectDialog, textOf } from '../catalogue/effect-dialog.tsx'
import { isPast, nextMonth, typedMoment } from '../catalogue/typed-moment.ts'
import { useTRPC } from '../portal/trpc.ts'

const At = z.object({ at: InstantText })

/** Ends a right: usage from then on is held. Ahead at once, in the past by a proposal that shows what counts no more. */
export function EndRight({ id, what }: { id: string; what: string }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const end = useMutation(trpc.entitlements.end.mutationOptions())
  const backdating = useBackdating()
  return (
    <EffectDialog
      title={`End a right: ${what}`}
      intro="From that moment its usage of this is held, not lost: giving the right again and replaying counts it."
      trigger={
        <button type="button" className="link" aria-label={`End ${what}`}>
          End
        </button>
      }
      isDanger
      read={(data) => {
        const at = typedMoment(textOf(data, 'at'))
        checkedInput(At, { at })
        const reason = textOf(data, 'reason')
        if (isPast(at, Date.now())) demandReason(reason)
        return { at, reason }
      }}
      saveLabel={({ at }) => (isPast(at, Date.now()) ? PROPOSE_LABEL : 'End the right')}
      tryOut={async ({ at }) =>
        isPast(at, Date.now()) ? (
          backdating.show({ act: 'entitlement.end', entitlementId: id, at })
        ) : (
          <Notice tone="warning">Until {formatMoment(at, 'UTC')} UTC it counts as before.</Notice>
        )
      }
      save={async ({ at, reason }) => {
        if (isPast(at, Date.now())) return backdating.propose({ act: 'entitlement.end', entitlementId: id, at }, reason)
        await end.mutateAsync({ entitlementId: id, at, reason })
        await queryClient.invalidateQueries({ queryKey: trpc.entitlements.pathKey() })
      }}
    >
      <TextField
        label="Ends at"
        name="at"
        isMono
        unit="UTC"
        defaultValue={nextMonth(Date.now())}
        hint="In the past it needs a second person."
      />
      <TextField label="Reason" name="reason" isOptional maxLength={1000} />
    </EffectDialog>
  )
}
