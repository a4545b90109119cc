'use client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { Button } from '../../components/ui/button.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { Timeline } from '../../components/ui/timeline.tsx'
import { formatFormula, formatMoment } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { useBackdating } from '../catalogue/backdating.tsx'
import { textOf } from '../catalogue/effect-dialog.tsx'
import { rangeOf } from '../catalogue/timeline-range.ts'
import { nextMonth } from '../catalogue/typed-moment.ts'
import { useTRPC } from '../portal/trpc.ts'
import { formOfDraft, type VersionInput } from './meter-draft-form.ts'
import { MeterEditor } from './meter-editor.tsx'

type Meter = inferRouterOutputs<AppRouter>['meters']['find']
type Version = Meter['versions'][number]

/** One meter: its versions on a timeline, what each counts, and the draft of the next one. */
export function MeterPage({ slug, isDrafting }: { slug: string; isDrafting: boolean }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.meters.find.queryOptions({ meter: slug }))
  return (
    <QueryRegion query={query} what="The meter" height={400}>
      {(meter) => (
        <main id="main" className="catalogue" tabIndex={-1}>
          <PageHead title={meter.name} sub={<span className="mono">{meter.slug}</span>}>
            <Rename meter={meter} />
            {isDrafting ? (
              <Link className="btn line" href={`/admin/meters/${slug}`} prefetch={false}>
                Versions
              </Link>
            ) : (
              <Link className="btn main" href={`/admin/meters/${slug}?draft=version`} prefetch={false}>
                New version
              </Link>
            )}
          </PageHead>
          {isDrafting ? <NewVersion meter={meter} /> : <Versions meter={meter} />}
        </main>
      )}
    </QueryRegion>
  )
}

function Versions({ meter }: { meter: Meter }) {
  const { description, capability, versions, inForce, now } = meter
  const spans = versions.map(({ version, from, to, formula, recordedBy, recordedAt }) => ({
    ...{ key: String(version), from, to, label: `Version ${version}: ${formatFormula(formula)}` },
    note: `recorded ${formatMoment(recordedAt, 'UTC')} UTC${recordedBy === null ? '' : ` by ${recordedBy}`}`,
  }))
  return (
    <>
      {description ? <p>{description}</p> : null}
      <dl className="facts">
        <dt>Capability</dt>
        <dd>
          {capability.name} <span className="mono mut">{capability.key}</span>, in {capability.unit}
        </dd>
      </dl>
      <Timeline
        name="Versions"
        range={rangeOf(versions, now)}
        now={now}
        tracks={[{ key: 'versions', name: 'Versions, UTC', spans }]}
      />
      {versions.toReversed().map((version) => (
        <VersionFacts key={version.version} version={version} isInForce={version.version === inForce} />
      ))}
    </>
  )
}

function VersionFacts({ version, isInForce }: { version: Version; isInForce: boolean }) {
  const {
    version: number,
    eventType,
    aggregation,
    formula,
    divisor,
    groupBy,
    subjectRequired,
    dataSchema,
    value,
  } = version
  const dimensions = Object.entries(groupBy)
  return (
    <section>
      <h2>
        Version {number} {isInForce ? <span className="mut">in force</span> : null}
      </h2>
      <dl className="facts">
        <dt>Counts</dt>
        <dd>{formatFormula(formula)}</dd>
        <dt>Events</dt>
        <dd className="mono">{eventType}</dd>
        <dt>Aggregation</dt>
        <dd>
          {aggregation}, ÷ {divisor}
          {subjectRequired ? ', each subject by itself' : ''}
        </dd>
        <dt>Dimensions</dt>
        <dd className="mono">
          {dimensions.length === 0 ? 'none' : dimensions.map(([name, path]) => `${name} = ${path}`).join(', ')}
        </dd>
      </dl>
      {value !== null && !('path' in value) ? (
        <details>
          <summary>Formula as data</summary>
          <pre className="kpre">{JSON.stringify(value, null, 2)}</pre>
        </details>
      ) : null}
      {dataSchema ? (
        <details>
          <summary>JSON Schema of the data</summary>
          <pre className="kpre">{JSON.stringify(dataSchema, null, 2)}</pre>
        </details>
      ) : null}
    </section>
  )
}

function NewVersion({ meter }: { meter: Meter }) {
  const trpc = useTRPC()
  const router = useRouter()
  const queryClient = useQueryClient()
  const add = useMutation(trpc.meters.addVersion.mutationOptions())
  const backdating = useBackdating()
  const newest = meter.versions.at(-1)
  if (newest === undefined) return null
  const { eventType, aggregation, percentile, value, divisor, groupBy, subjectRequired, dataSchema } = newest
  const last: VersionInput = {
    ...{ eventType, aggregation, percentile, value, divisor, groupBy, subjectRequired, dataSchema },
    effectiveFrom: nextMonth(Date.now()),
  }
  return (
    <MeterEditor
      initial={formOfDraft(last)}
      meter={meter.slug}
      unit={meter.capability.unit}
      saveLabel={`Record version ${newest.version + 1}`}
      onSave={async (version, { isBackDated, reason }) => {
        if (isBackDated) {
          await backdating.propose({ act: 'meter.version', meter: meter.slug, version }, reason)
          return router.push('/admin/proposals')
        }
        await add.mutateAsync({ meter: meter.slug, version, reason })
        await queryClient.invalidateQueries({ queryKey: trpc.meters.pathKey() })
        router.push(`/admin/meters/${meter.slug}`)
      }}
    />
  )
}

function Rename({ meter }: { meter: Meter }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const rename = useMutation(trpc.meters.rename.mutationOptions())
  return (
    <FormDialog
      title="Rename the meter"
      intro="What it is called changes nothing that it measures; the slug stays."
      trigger={<Button>Rename</Button>}
      submitLabel="Rename"
      onSubmit={async (data) => {
        const description = textOf(data, 'description')
        await rename.mutateAsync({
          ...{ meter: meter.slug, name: textOf(data, 'name'), description: description === '' ? null : description },
          reason: textOf(data, 'reason'),
        })
        await queryClient.invalidateQueries({ queryKey: trpc.meters.pathKey() })
      }}
    >
      <TextField label="Name" name="name" defaultValue={meter.name} maxLength={200} />
      <TextArea label="Description" name="description" defaultValue={meter.description ?? ''} isOptional />
      <TextField label="Reason" name="reason" isOptional maxLength={1000} />
    </FormDialog>
  )
}
