'use client'
import { CapabilityDraft, MeterDraft } from '@meterbook/core/catalogue'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { PageHead } from '../../components/ui/page-head.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { nextMonth } from '../catalogue/typed-moment.ts'
import { useTRPC } from '../portal/trpc.ts'
import { EMPTY_FORM } from './meter-draft-form.ts'
import { MeterEditor } from './meter-editor.tsx'

const NEW = ''
const EMPTY = { slug: '', name: '', description: '', capabilityKey: NEW, key: '', unit: '', shape: '' }
type Names = typeof EMPTY

/**
 * A meter that is not there yet, with its first version; its capability too, where none fits. `type`, `from`: of events that are held for want of one.
 */
export function NewMeter({ type, from }: { type?: string | undefined; from?: string | undefined }) {
  const trpc = useTRPC()
  const router = useRouter()
  const queryClient = useQueryClient()
  const capabilities = useQuery(trpc.meters.capabilities.queryOptions())
  const create = useMutation(trpc.meters.create.mutationOptions())
  const [names, setNames] = useState(EMPTY)
  const [initial] = useState(() => ({
    ...EMPTY_FORM,
    effectiveFrom: from ?? nextMonth(Date.now()),
    ...(type !== undefined && { eventType: type }),
  }))
  const isNew = names.capabilityKey === NEW
  const known = capabilities.data?.find(({ key }) => key === names.capabilityKey)
  const unit = known?.unit ?? (names.unit || 'unit')
  const faults = faultsOf(names)
  const text = (name: keyof Names) => ({
    name,
    value: names[name],
    error: names[name] === '' ? null : faults[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      // read now: by the time the state is set the event has let go of its field
      const { value } = event.currentTarget
      setNames((now) => ({ ...now, [name]: value }))
    },
  })
  return (
    <main id="main" className="catalogue" tabIndex={-1}>
      <PageHead title="New meter" sub="what counts, from when on; times in UTC" />
      <MeterEditor
        initial={initial}
        meter={null}
        unit={unit}
        saveLabel="Create the meter"
        onSave={async (version, { isBackDated, reason }) => {
          const { slug, name, description, key, shape } = names
          const capability = isNew ? { key, name, unit: names.unit, shape: shape || 'usage' } : undefined
          await create.mutateAsync({
            ...{ slug, name, description: description || null, capabilityKey: isNew ? key : names.capabilityKey },
            ...{ version, isBackDated, reason, ...(capability && { capability }) },
          })
          await queryClient.invalidateQueries({ queryKey: trpc.meters.pathKey() })
          router.push(`/admin/meters/${slug}`)
        }}
      >
        <div className="kfields">
          <div className="pairs">
            <TextField label="Name" placeholder="Tokens" {...text('name')} />
            <TextField
              label="Slug"
              isMono
              placeholder="tokens_total"
              hint="In addresses and exports, for ever."
              {...text('slug')}
            />
          </div>
          <TextField label="Description" isOptional {...text('description')} />
          <SelectField
            label="Capability"
            hint="What a price is for; several meters may measure one."
            options={[
              { value: NEW, label: 'A new one' },
              ...(capabilities.data ?? []).map(({ key, name, unit: of }) => ({
                value: key,
                label: `${name} (${key}), in ${of}`,
              })),
            ]}
            {...text('capabilityKey')}
          />
          {isNew ? (
            <div className="pairs">
              <TextField label="Key of the capability" isMono placeholder="tokens.total" {...text('key')} />
              <TextField label="Unit" placeholder="token" {...text('unit')} />
            </div>
          ) : null}
        </div>
      </MeterEditor>
    </main>
  )
}

function faultsOf({ slug, name, key, unit }: Names): Partial<Record<keyof Names, string>> {
  const said = (result: { success: boolean; error?: { issues: { message: string }[] } | undefined }) =>
    result.error?.issues[0]?.message
  const faults: Partial<Record<keyof Names, string>> = {}
  const add = (field: keyof Names, words: string | undefined) => {
    if (words !== undefined) faults[field] = words
  }
  add('slug', said(MeterDraft.shape.slug.safeParse(slug)))
  add('name', said(MeterDraft.shape.name.safeParse(name)))
  add('key', said(CapabilityDraft.shape.key.safeParse(key)))
  add('unit', said(CapabilityDraft.shape.unit.safeParse(unit)))
  return faults
}
