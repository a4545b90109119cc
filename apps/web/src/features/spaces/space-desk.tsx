'use client'
import { BillingZone, CurrencyCode, DisplayName } from '@meterbook/core/catalogue-file'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { z } from 'zod'
import { Button } from '../../components/ui/button.tsx'
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { checkedInput, textOf } from '../catalogue/effect-dialog.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { AgreeTerm, EndTerm } from './agree-term.tsx'
import { SpaceFacts, type SpaceSettingsView } from './space-facts.tsx'
import { BillingFields } from './space-fields.tsx'
import { SpaceTerms } from './space-terms.tsx'

/** One developer space, for those who run the platform. */
export function SpaceDesk({ slug }: { slug: string }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.developerSpaces.find.queryOptions({ spaceSlug: slug }))
  return (
    <main id="main" tabIndex={-1}>
      <PageHead title={query.data?.name ?? slug} sub="developer space">
        {query.data ? <SpaceActs found={query.data} /> : null}
      </PageHead>
      <QueryRegion query={query} what="The developer space" height={320}>
        {(found) => (
          <div className="settings">
            {found.isArchived ? (
              <Notice tone="warning" title="This space is archived">
                Nobody but those who run the platform can enter it. Its past stays.
              </Notice>
            ) : null}
            <p>
              {found.members === 1 ? '1 person' : `${found.members} people`},{' '}
              {found.apps === 1 ? '1 app in use' : `${found.apps} apps in use`}.{' '}
              <Link className="link" href={`/s/${found.slug}`} prefetch={false}>
                Look at it as its people do
              </Link>
            </p>
            <SpaceFacts found={found} />
            <SpaceTerms
              found={found}
              act={<AgreeTerm found={found} />}
              actOf={(term) => <EndTerm found={found} term={term} />}
            />
          </div>
        )}
      </QueryRegion>
    </main>
  )
}

const Asked = z.object({ name: DisplayName, currency: CurrencyCode, billingZone: BillingZone })

function SpaceActs({ found }: { found: SpaceSettingsView }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const onSuccess = () => queryClient.invalidateQueries({ queryKey: trpc.developerSpaces.pathKey() })
  const change = useMutation(trpc.developerSpaces.change.mutationOptions({ onSuccess }))
  const archive = useMutation(trpc.developerSpaces.archive.mutationOptions({ onSuccess }))
  const { slug: spaceSlug, name, isArchived, apps } = found
  return (
    <>
      <FormDialog
        title={`Change ${name}`}
        trigger={<Button>Change</Button>}
        submitLabel="Save"
        onSubmit={(data) => {
          const { currency, billingZone } = {
            currency: textOf(data, 'currency'),
            billingZone: textOf(data, 'billingZone'),
          }
          const asked = checkedInput(Asked, { name: textOf(data, 'name'), currency, billingZone })
          return change.mutateAsync({ spaceSlug, ...asked, reason: null })
        }}
      >
        <TextField
          label="Name"
          name="name"
          defaultValue={name}
          maxLength={200}
          hint={`Its slug, ${spaceSlug}, stays.`}
        />
        <BillingFields currency={found.currency} billingZone={found.billingZone} isFixed={found.isBilled} />
      </FormDialog>
      <ConfirmDialog
        title={isArchived ? `Put ${name} back into use` : `Archive ${name}`}
        trigger={<Button kind={isArchived ? 'line' : 'danger'}>{isArchived ? 'Put back into use' : 'Archive…'}</Button>}
        confirmLabel={isArchived ? 'Put back into use' : 'Archive'}
        isDanger={!isArchived}
        reason="required"
        onConfirm={(reason) => archive.mutateAsync({ spaceSlug, isArchived: !isArchived, reason })}
      >
        {isArchived ? (
          <p>Its people can enter it again.</p>
        ) : (
          <p>
            {apps === 0
              ? 'Its people can no longer enter it. Its past stays, and what it owes is still owed.'
              : `It owns ${apps === 1 ? 'an app' : `${apps} apps`} in use: archive or transfer ${apps === 1 ? 'it' : 'them'} first.`}
          </p>
        )}
      </ConfirmDialog>
    </>
  )
}
