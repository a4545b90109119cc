'use client'
import { InstantText } from '@meterbook/core/catalogue'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { z } from 'zod'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { checkedInput, textOf } from '../catalogue/effect-dialog.tsx'
import { nextMonth, typedMoment } from '../catalogue/typed-moment.ts'
import { useTRPC } from '../portal/trpc.ts'

const At = z.object({ at: InstantText })

/** Ends a right ahead: usage from then on is held. */
export function EndRight({ id, what }: { id: string; what: string }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const end = useMutation(trpc.entitlements.end.mutationOptions())
  return (
    <FormDialog
      title={`End a right: ${what}`}
      intro="From that moment its usage of this is held, not lost: giving the right again and replaying counts it."
      trigger={
        <button type="button" className="link" aria-label={`End ${what}`}>
          End
        </button>
      }
      submitLabel="End the right"
      isDanger
      onSubmit={async (data) => {
        const at = typedMoment(textOf(data, 'at'))
        checkedInput(At, { at })
        await end.mutateAsync({ entitlementId: id, at, reason: textOf(data, 'reason') })
        await queryClient.invalidateQueries({ queryKey: trpc.entitlements.pathKey() })
      }}
    >
      <TextField label="Ends at" name="at" isMono unit="UTC" defaultValue={nextMonth(Date.now())} />
      <TextField label="Reason" name="reason" isOptional maxLength={1000} />
    </FormDialog>
  )
}
