'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { type FormEvent, useTransition } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { type Option, SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatReason } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { type EventsAddress, eventsHref, isNarrowed, readEventsAddress, VERDICTS } from './events-address.ts'

const ANY: Option = { value: '', label: 'any' }

/** The search as a form whose answer is an address; it works without script, too. */
export function EventsFilter({ address }: { address: EventsAddress }) {
  const { space, apps } = useFrame()
  const router = useRouter()
  const trpc = useTRPC()
  const { data } = useQuery(trpc.meters.definitions.queryOptions({ space: space.slug }))
  const [isPending, startTransition] = useTransition()
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const asked = readEventsAddress((name) => form.get(name)?.toString())
    startTransition(() => router.push(eventsHref(space.slug, { ...asked, tail: address.tail })))
  }
  const meters = (data?.meters ?? []).map(({ slug, name }) => ({ value: slug, label: name }))
  return (
    <form
      className="kbar evfilter"
      action={`/s/${space.slug}/events`}
      onSubmit={search}
      key={JSON.stringify({ ...address, event: undefined })}
      aria-label="Search events"
    >
      {address.tail ? <input type="hidden" name="tail" value="1" /> : null}
      <div className="evq">
        <TextField
          label="Id, source, subject or problem"
          name="q"
          type="search"
          defaultValue={address.q}
          placeholder="any part of it"
          isOptional
        />
      </div>
      <SelectField
        label="App"
        name="app"
        options={withAsked([ANY, ...apps.map(({ slug, name }) => ({ value: slug, label: name }))], address.app)}
        defaultValue={address.app ?? ''}
        isOptional
      />
      <SelectField
        label="Verdict"
        name="verdict"
        options={[ANY, ...VERDICTS.map((value) => ({ value, label: formatReason(value) }))]}
        defaultValue={address.verdict ?? ''}
        isOptional
      />
      <SelectField
        label="Meter"
        name="meter"
        options={withAsked([ANY, ...meters], address.meter)}
        defaultValue={address.meter ?? ''}
        isOptional
      />
      <TextField label="Type" name="type" defaultValue={address.type} isOptional />
      <TextField label="Subject" name="subject" defaultValue={address.subject} isOptional />
      <TextField label="Key" name="key" defaultValue={address.key} placeholder="name or prefix" isOptional />
      <TextField
        label="From"
        name="from"
        defaultValue={address.from}
        placeholder="2026-11-01 14:00"
        unit="UTC"
        isOptional
      />
      <TextField label="To" name="to" defaultValue={address.to} placeholder="2026-12-01" unit="UTC" isOptional />
      <Button type="submit" isPending={isPending}>
        Search
      </Button>
      {isNarrowed(address) ? (
        <Link className="btn" href={eventsHref(space.slug, { tail: address.tail })}>
          Clear
        </Link>
      ) : null}
    </form>
  )
}

/** A choice that is not in the list (any more) is not lost from the address. */
function withAsked(options: Option[], asked: string | undefined): Option[] {
  return asked === undefined || options.some(({ value }) => value === asked)
    ? options
    : [...options, { value: asked, label: asked }]
}
