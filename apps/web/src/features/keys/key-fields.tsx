'use client'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { instantOf, namesOf, numberOf, PURPOSES } from './key-words.ts'

const INSTANT_PATTERN = '\\d{4}-\\d{2}-\\d{2}([ T]\\d{2}:\\d{2})?'

/** When a key ends by itself. */
export function EndField({ label = 'Ends', value = '' }: { label?: string; value?: string }) {
  return (
    <TextField
      label={label}
      name="expiresAt"
      unit="UTC"
      defaultValue={value}
      placeholder="2027-01-31 18:00"
      pattern={INSTANT_PATTERN}
      expected="a day such as 2027-01-31, or a time of it"
      hint="Without it, it works until it is revoked."
      isOptional
    />
  )
}

/** What a new key may: the fields of the form, by the names that the server knows them by. */
export function TermFields({ known }: { known: { types: string[]; environments: string[] } }) {
  return (
    <>
      <TextField label="Name" name="name" maxLength={100} hint="Where it is used: the service, the machine." />
      <SelectField label="May" name="purpose" options={PURPOSES} />
      <TextField
        label="Event types"
        name="eventTypes"
        hint={`Divided by commas; any if empty.${known.types.length > 0 ? ` Measured now: ${known.types.join(', ')}.` : ''}`}
        isOptional
        isMono
      />
      <TextField
        label="Environments"
        name="environments"
        hint={`Divided by commas; any if empty.${known.environments.length > 0 ? ` Known: ${known.environments.join(', ')}.` : ''}`}
        isOptional
        isMono
      />
      <EndField />
      <div className="pairs">
        <TextField
          label="Events each second"
          name="eventsPerSecond"
          inputMode="numeric"
          pattern="[1-9]\d{0,6}"
          expected="a whole number"
          hint="Counted over a minute."
          isOptional
        />
        <TextField
          label="Requests each second"
          name="requestsPerSecond"
          inputMode="numeric"
          pattern="[1-9]\d{0,6}"
          expected="a whole number"
          hint="Counted over a minute."
          isOptional
        />
      </div>
    </>
  )
}

export function termsOf(data: FormData) {
  const asked = data.get('purpose')
  return {
    name: String(data.get('name') ?? ''),
    purpose: PURPOSES.find(({ value }) => value === asked)?.value ?? ('send' as const),
    eventTypes: namesOf(data.get('eventTypes')),
    environments: namesOf(data.get('environments')),
    expiresAt: instantOf(data.get('expiresAt')),
    eventsPerSecond: numberOf(data.get('eventsPerSecond')),
    requestsPerSecond: numberOf(data.get('requestsPerSecond')),
  }
}
