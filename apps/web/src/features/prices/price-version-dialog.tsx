'use client'
import { PriceVersionDraft } from '@meterbook/core/rating'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { z } from 'zod'
import { Button } from '../../components/ui/button.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatExact, formatMoney, formatMoneyChange, formatUnit } from '../../format.ts'
import { demandReason, PROPOSE_LABEL, useBackdating } from '../catalogue/backdating.tsx'
import { checkedInput, EffectDialog, textOf } from '../catalogue/effect-dialog.tsx'
import { isPast, nextMonth, typedMoment } from '../catalogue/typed-moment.ts'
import { useTRPC } from '../portal/trpc.ts'
import type { BookCapability } from './price-book-page.tsx'

const MONTHS = ['1', '3', '6', '12']

/** The next version of a price: what it would have made of past months is shown before it is recorded. */
export function PriceVersionDialog({
  book,
  currency,
  capability,
}: {
  book: string
  currency: string
  capability: BookCapability
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const whatIf = useMutation(trpc.prices.whatIf.mutationOptions())
  const add = useMutation(trpc.prices.addVersion.mutationOptions())
  const backdating = useBackdating()
  const last = capability.versions.at(-1)
  const { key: capabilityKey, unit } = capability
  return (
    <EffectDialog
      title={`Price of ${capability.name}`}
      intro={`In ${currency}, for each ${unit} beyond the allowance of an app and month. Versions that are recorded stay as they are.`}
      trigger={<Button>New version</Button>}
      read={(data) => {
        const version = checkedInput(PriceVersionDraft, versionOf(data))
        const reason = textOf(data, 'reason')
        if (isPast(version.effectiveFrom, Date.now())) demandReason(reason)
        return { version, reason, months: Number(textOf(data, 'months')) }
      }}
      saveLabel={({ version }) => (isPast(version.effectiveFrom, Date.now()) ? PROPOSE_LABEL : 'Record the version')}
      tryOut={async ({ version, months }) =>
        isPast(version.effectiveFrom, Date.now()) ? (
          backdating.show({ act: 'price.version', book, capabilityKey, version })
        ) : (
          <WhatIfResult result={await whatIf.mutateAsync({ book, capabilityKey, version, months })} />
        )
      }
      save={async ({ version, reason }) => {
        if (isPast(version.effectiveFrom, Date.now()))
          return backdating.propose({ act: 'price.version', book, capabilityKey, version }, reason)
        await add.mutateAsync({ book, capabilityKey, version, reason })
        await queryClient.invalidateQueries({ queryKey: trpc.prices.pathKey() })
      }}
    >
      <div className="pairs">
        <TextField
          label="In force from"
          name="effectiveFrom"
          isMono
          unit="UTC"
          defaultValue={nextMonth(Date.now())}
          hint="In the past it needs a second person, and usage of then is rated anew."
        />
        <TextField label="Allowance" name="allowance" isMono defaultValue={last?.allowance ?? '0'} />
      </div>
      <div className="pairs">
        <TextField label="Price" name="price" isMono unit={currency} defaultValue={last?.price ?? '0'} />
        <TextField label="For how many units" name="per" isMono defaultValue={last?.per ?? '1'} />
        <SelectField
          label="Packaging"
          name="packaging"
          defaultValue={last?.packaging ?? 'exact'}
          options={[
            { value: 'exact', label: 'exact: every digit counts' },
            { value: 'package', label: 'package: what is begun counts whole' },
          ]}
        />
      </div>
      <TextArea
        label="Tiers"
        name="tiers"
        isMono
        isOptional
        defaultValue={last?.tiers ? JSON.stringify(last.tiers) : ''}
        hint="Instead of one price, as JSON: {&quot;mode&quot;: &quot;graduated&quot;, &quot;tiers&quot;: [{&quot;upTo&quot;: &quot;100&quot;, &quot;price&quot;: &quot;0.02&quot;}, {&quot;upTo&quot;: null, &quot;price&quot;: &quot;0.01&quot;}]}"
      />
      <div className="pairs">
        <SelectField
          label="Try it on"
          name="months"
          defaultValue="3"
          options={MONTHS.map((value) => ({ value, label: value === '1' ? 'this month' : `the last ${value} months` }))}
        />
        <TextField label="Reason" name="reason" isOptional maxLength={1000} />
      </div>
    </EffectDialog>
  )
}

function versionOf(data: FormData): z.input<typeof PriceVersionDraft> {
  const tiers = textOf(data, 'tiers')
  return {
    ...{ effectiveFrom: typedMoment(textOf(data, 'effectiveFrom')), allowance: textOf(data, 'allowance') },
    ...{ price: textOf(data, 'price'), per: textOf(data, 'per') },
    packaging: textOf(data, 'packaging') === 'package' ? 'package' : 'exact',
    tiers: tiers === '' ? null : tiersOf(tiers),
  }
}

function tiersOf(text: string): z.input<typeof PriceVersionDraft>['tiers'] {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(JSON.stringify([{ path: ['tiers'], message: `expected JSON: ${(error as Error).message}` }]))
  }
}

interface Sums {
  quantity: string
  actual: string
  draft: string
  difference: string
}

function WhatIfResult({
  result,
}: {
  result: {
    currency: string
    unit: string
    months: (Sums & { month: string })[]
    apps: (Sums & { space: string; app: string })[]
    total: Sums
  }
}) {
  const { currency, unit, months, apps, total } = result
  if (total.quantity === '0') {
    return <EmptyState title="Nothing of it was used in these months" height={80} />
  }
  const figures = <Row extends Sums>() => [
    { key: 'quantity', head: `Used, ${formatUnit(unit)}`, cell: (row: Row) => formatExact(row.quantity) },
    {
      key: 'actual',
      head: `Cost, ${currency}`,
      cell: (row: Row) => formatMoney(row.actual, currency),
      total: formatMoney(total.actual, currency),
    },
    {
      key: 'draft',
      head: 'Would have cost',
      cell: (row: Row) => formatMoney(row.draft, currency),
      total: formatMoney(total.draft, currency),
    },
    {
      key: 'difference',
      head: 'Difference',
      sortBy: (row: Row) => row.difference,
      isDecimal: true,
      cell: (row: Row) => formatMoneyChange(row.difference, currency),
      total: formatMoneyChange(total.difference, currency),
    },
  ]
  return (
    <>
      <Notice tone="info">
        Had it been in force throughout: {formatMoneyChange(total.difference, currency)} {currency} on{' '}
        {formatMoney(total.actual, currency)}, by what is posted.
      </Notice>
      <DataTable
        name="By month"
        rows={months}
        rowKey={({ month }) => month}
        totalName="All"
        columns={[{ key: 'month', head: 'Month', cell: ({ month }) => month }, ...figures<(typeof months)[number]>()]}
      />
      <DataTable
        name="By app"
        rows={apps}
        rowKey={({ space, app }) => `${space} ${app}`}
        sort={{ key: 'difference', direction: 'descending' }}
        totalName="All"
        columns={[
          { key: 'app', head: 'App', cell: ({ app }) => app },
          { key: 'space', head: 'Space', isText: true, cell: ({ space }) => space },
          ...figures<(typeof apps)[number]>(),
        ]}
      />
    </>
  )
}
