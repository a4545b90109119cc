'use client'
// Exports: usage and statements as files, with what each file has: its columns, rows, checksum, and the ledger entry it was taken at.
// Promises: what is counted here is the file that is downloaded, byte by byte; nothing is taken for whole before it is.
// Does not know: how files are made, what their columns mean.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { PageHead } from '../../components/ui/page-head.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatMonth, formatZone } from '../../format.ts'
import { FrameBar } from '../frame/frame-bar.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { statementApi } from '../statement/statement-address.ts'
import { FileBox } from './file-box.tsx'

export function ExportsPage({ maySeeCost, today }: { maySeeCost: boolean; today: string }) {
  const { space } = useFrame()
  return (
    <>
      <FrameBar>
        <span className="lab">
          Billing zone <b>{formatZone(space.billingZone)}</b>
        </span>
        <span className="gap" />
      </FrameBar>
      <main id="main" tabIndex={-1}>
        <PageHead title="Exports" sub="files that say how many rows they have, and prove that they are whole" />
        <div className="exps">
          <UsageExport today={today} />
          {maySeeCost ? <StatementExport /> : null}
        </div>
        <p className="sub">
          In CSV no text can begin as a formula. Decimals keep every digit. Times of windows are in UTC; their days and
          months are those of the zone.
        </p>
      </main>
    </>
  )
}

const FORMATS = [
  { value: 'csv', label: 'CSV' },
  { value: 'parquet', label: 'Parquet' },
  { value: 'ndjson', label: 'NDJSON' },
]

function UsageExport({ today }: { today: string }) {
  const { space } = useFrame()
  const trpc = useTRPC()
  const { data } = useQuery(trpc.meters.definitions.queryOptions({ space: space.slug }))
  const [asked, setAsked] = useState({
    from: `${today.slice(0, 7)}-01`,
    to: today,
    tz: space.billingZone,
    window: 'day',
    meter: '',
    format: 'csv',
  })
  const set = (name: keyof typeof asked) => (event: { target: { value: string } }) =>
    setAsked((now) => ({ ...now, [name]: event.target.value }))
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''))
  const href = `/s/${space.slug}/exports/usage?${query}`
  return (
    <section aria-labelledby="usage-files">
      <h2 className="q" id="usage-files">
        Usage
      </h2>
      <div className="kfields">
        <div className="pairs">
          <TextField label="From" name="from" type="date" value={asked.from} onChange={set('from')} />
          <TextField label="To, not included" name="to" type="date" value={asked.to} onChange={set('to')} />
        </div>
        <div className="pairs">
          <TextField label="Zone of the days" name="tz" value={asked.tz} onChange={set('tz')} />
          <SelectField
            label="Rows of"
            name="window"
            value={asked.window}
            onChange={set('window')}
            options={[
              { value: 'day', label: 'a day' },
              { value: 'hour', label: 'an hour' },
            ]}
          />
        </div>
        <div className="pairs">
          <SelectField
            label="Meter"
            name="meter"
            value={asked.meter}
            onChange={set('meter')}
            options={[
              { value: '', label: 'all meters' },
              ...(data?.meters ?? []).map(({ slug, name }) => ({ value: slug, label: name })),
            ]}
            isOptional
          />
          <SelectField label="Format" name="format" value={asked.format} onChange={set('format')} options={FORMATS} />
        </div>
      </div>
      <FileBox key={href} href={href} manifest={`${href}&manifest=1`} />
    </section>
  )
}

/** What a statement can be as a file; FOCUS 1.2 has one dataset only. */
const DATASETS = [
  { value: 'dataset=lines', label: 'Lines' },
  { value: 'dataset=entries', label: 'Ledger entries' },
  { value: 'dataset=cost-and-usage&profile=1.4', label: 'FOCUS 1.4, Cost and Usage' },
  { value: 'dataset=billing-period&profile=1.4', label: 'FOCUS 1.4, Billing Period' },
  { value: 'dataset=invoice-detail&profile=1.4', label: 'FOCUS 1.4, Invoice Detail' },
  { value: 'dataset=cost-and-usage&profile=1.2', label: 'FOCUS 1.2, Cost and Usage' },
]

function StatementExport() {
  const { space } = useFrame()
  const trpc = useTRPC()
  const { data, isError } = useQuery(trpc.statements.list.queryOptions({ space: space.slug }))
  const months = data?.months ?? []
  // an issued month's file is the same for ever: it is what most come for
  const [picked, setPicked] = useState<string | null>(null)
  const id = picked ?? (months.find(({ closedAt }) => closedAt !== null) ?? months[0])?.id ?? null
  const [dataset, setDataset] = useState(DATASETS[0]?.value ?? '')
  const [format, setFormat] = useState('csv')
  const query = `?format=${format}&${dataset}`
  return (
    <section aria-labelledby="statement-files">
      <h2 className="q" id="statement-files">
        Statements
      </h2>
      {id === null ? (
        <p className="sub">
          {isError
            ? 'The statements could not be read.'
            : 'There is no statement yet: the first one opens with the first usage that has a price.'}
        </p>
      ) : (
        <>
          <div className="kfields">
            <SelectField
              label="Month"
              name="statement"
              value={id}
              onChange={(event) => setPicked(event.target.value)}
              options={months.map((month) => ({
                value: month.id,
                label: `${formatMonth(month.period.start, space.billingZone)}, ${month.state}`,
              }))}
            />
            <div className="pairs">
              <SelectField
                label="What"
                name="dataset"
                value={dataset}
                onChange={(event) => setDataset(event.target.value)}
                options={DATASETS}
              />
              <SelectField
                label="Format"
                name="statement-format"
                value={format}
                onChange={(event) => setFormat(event.target.value)}
                options={FORMATS.slice(0, 2)}
              />
            </div>
          </div>
          <FileBox
            key={id + query}
            href={`${statementApi(id)}/export${query}`}
            manifest={`${statementApi(id)}/export/manifest${query}`}
          />
        </>
      )}
    </section>
  )
}
