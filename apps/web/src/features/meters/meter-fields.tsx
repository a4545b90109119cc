'use client'
import { AGGREGATIONS } from '@meterbook/core/kernel'
import { CheckField } from '../../components/ui/check-field.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import type { DraftFaults, VersionForm } from './meter-draft-form.ts'

/** The fields of one version. A fault is shown once there is something in its field, or when `isWhole` asks for all of them. */
export function MeterFields({
  form,
  faults,
  isWhole,
  eventTypes,
  onChange,
}: {
  form: VersionForm
  faults: DraftFaults
  isWhole: boolean
  eventTypes: readonly string[]
  onChange: (change: Partial<VersionForm>) => void
}) {
  const text = (name: Exclude<keyof VersionForm, 'subjectRequired'>) => ({
    name,
    value: form[name],
    error: isWhole || form[name].trim() !== '' ? faults[name] : null,
    onChange: (event: { currentTarget: { value: string } }) => onChange({ [name]: event.currentTarget.value }),
  })
  const isCount = form.aggregation === 'COUNT'
  return (
    <div className="kfields">
      <div className="pairs">
        <TextField
          label="Event type"
          isMono
          list="event-types"
          hint="As apps send it; those of the last 30 days are offered."
          {...text('eventType')}
        />
        <TextField
          label="Measures from"
          isMono
          unit="UTC"
          placeholder="2026-12-01"
          hint="Events from then on are measured by it."
          {...text('effectiveFrom')}
        />
      </div>
      <datalist id="event-types">
        {eventTypes.map((type) => (
          <option key={type} value={type} />
        ))}
      </datalist>
      <div className="pairs">
        <SelectField
          label="Aggregation"
          options={AGGREGATIONS.map((value) => ({ value, label: value }))}
          {...text('aggregation')}
        />
        {form.aggregation === 'PERCENTILE' ? (
          <TextField label="Which percentile" isMono placeholder="0.95" {...text('percentile')} />
        ) : null}
        <TextField
          label="Divisor"
          isMono
          hint="Quantity in the unit = measured value ÷ divisor."
          {...text('divisor')}
        />
      </div>
      {isCount ? (
        <p className="hint">COUNT counts each event as one: it reads no value.</p>
      ) : (
        <>
          <TextField
            label="Value"
            isMono
            placeholder="$.tokens"
            hint="The JSON path of the value in the event’s data."
            isOptional={form.rule.trim() !== ''}
            {...text('path')}
          />
          <TextArea
            label="Formula"
            isMono
            isOptional
            hint="Instead of one path: a rule as JSON, such as {&quot;product&quot;: [{&quot;path&quot;: &quot;$.mib&quot;}, {&quot;path&quot;: &quot;$.ms&quot;}]}."
            {...text('rule')}
          />
        </>
      )}
      <TextArea
        label="Dimensions"
        isMono
        isOptional
        hint="One a line: model = $.model. Usage can be grouped and filtered by them."
        {...text('groupBy')}
      />
      <CheckField
        label="An event has to name its subject"
        name="subjectRequired"
        checked={form.subjectRequired}
        hint={faults.subjectRequired ?? 'One without is held. TIME_WEIGHTED needs it.'}
        onChange={(event) => onChange({ subjectRequired: event.currentTarget.checked })}
      />
      <TextArea
        label="JSON Schema of the data"
        isMono
        isOptional
        rows={4}
        hint="An event whose data breaks it is held, and says where. Without one nothing is checked."
        {...text('dataSchema')}
      />
    </div>
  )
}
