'use client'
import { InstantText } from '@meterbook/core/catalogue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { z } from 'zod'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatMoment } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { demandReason, PROPOSE_LABEL, useBackdating } from '../catalogue/backdating.tsx'
import { checkedInput, EffectDialog, textOf } from '../catalogue/effect-dialog.tsx'
import { isPast, nextMonth, typedMoment } from '../catalogue/typed-moment.ts'
import { useTRPC } from '../portal/trpc.ts'

type Book = inferRouterOutputs<AppRouter>['prices']['find']

const Asked = z.object({ spaceId: z.uuid(), from: InstantText, to: InstantText.nullable() })

/** Gives a space this book. The one it has ends at that moment, and the rights of its apps go on. */
export function SubscribeDialog({ book }: { book: Book }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const spaces = useQuery(trpc.prices.spaces.queryOptions())
  const subscribe = useMutation(trpc.prices.subscribe.mutationOptions())
  const backdating = useBackdating()
  const fitting = (spaces.data ?? []).filter(({ currency }) => currency === book.currency)
  return (
    <EffectDialog
      title={`Give ${book.name} to a space`}
      intro="From that moment its usage is rated by this book. Only spaces that are billed in its currency are offered."
      trigger={<Button kind="main">Give it to a space</Button>}
      read={(data) => {
        const to = textOf(data, 'to')
        const asked = checkedInput(Asked, {
          ...{ spaceId: textOf(data, 'spaceId'), from: typedMoment(textOf(data, 'from')) },
          to: to === '' ? null : typedMoment(to),
        })
        const reason = textOf(data, 'reason')
        if (isPast(asked.from, Date.now())) demandReason(reason)
        return { ...asked, reason }
      }}
      saveLabel={({ from }) => (isPast(from, Date.now()) ? PROPOSE_LABEL : 'Give it')}
      tryOut={async ({ spaceId, from, to }) => {
        if (isPast(from, Date.now()))
          return backdating.show({ act: 'subscription.set', book: book.slug, spaceId, from, to })
        const name = fitting.find(({ id }) => id === spaceId)?.name ?? 'The space'
        return (
          <Notice tone="info">
            {name} pays by {book.name} from {formatMoment(from, 'UTC')} UTC to{' '}
            {to === null ? 'further notice' : `${formatMoment(to, 'UTC')} UTC`}. What it has until then ends there;
            rights of its apps go on under this one.
          </Notice>
        )
      }}
      save={async (asked) => {
        const { reason, ...terms } = asked
        if (isPast(asked.from, Date.now()))
          return backdating.propose({ act: 'subscription.set', book: book.slug, ...terms }, reason)
        await subscribe.mutateAsync({ book: book.slug, ...asked })
        await queryClient.invalidateQueries({ queryKey: trpc.prices.pathKey() })
      }}
    >
      <SelectField
        label="Developer space"
        name="spaceId"
        options={fitting.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <div className="pairs">
        <TextField
          label="From"
          name="from"
          isMono
          unit="UTC"
          defaultValue={nextMonth(Date.now())}
          hint="In the past it needs a second person."
        />
        <TextField label="To" name="to" isMono unit="UTC" isOptional placeholder="further notice" />
      </div>
      <TextField label="Reason" name="reason" isOptional maxLength={1000} />
    </EffectDialog>
  )
}

/** Ends a subscription: ahead at once, in the past by a proposal. */
export function EndSubscription({ id, space }: { id: string; space: string }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const end = useMutation(trpc.prices.endSubscription.mutationOptions())
  const backdating = useBackdating()
  return (
    <EffectDialog
      title={`End the subscription of ${space}`}
      trigger={<Button>End</Button>}
      isDanger
      read={(data) => {
        const at = typedMoment(textOf(data, 'at'))
        checkedInput(z.object({ at: InstantText }), { at })
        const reason = textOf(data, 'reason')
        if (isPast(at, Date.now())) demandReason(reason)
        return { at, reason }
      }}
      saveLabel={({ at }) => (isPast(at, Date.now()) ? PROPOSE_LABEL : 'End it')}
      tryOut={async ({ at }) =>
        isPast(at, Date.now()) ? (
          backdating.show({ act: 'subscription.end', subscriptionId: id, at })
        ) : (
          <Notice tone="warning">
            From {formatMoment(at, 'UTC')} UTC no right of its apps is in force: their usage is held until the space has
            a price book again.
          </Notice>
        )
      }
      save={async ({ at, reason }) => {
        if (isPast(at, Date.now()))
          return backdating.propose({ act: 'subscription.end', subscriptionId: id, at }, reason)
        await end.mutateAsync({ subscriptionId: id, at, reason })
        await queryClient.invalidateQueries({ queryKey: trpc.prices.pathKey() })
      }}
    >
      <TextField label="Ends at" name="at" isMono unit="UTC" defaultValue={nextMonth(Date.now())} />
      <TextField label="Reason" name="reason" isOptional maxLength={1000} />
    </EffectDialog>
  )
}
