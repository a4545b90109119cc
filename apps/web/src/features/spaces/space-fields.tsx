'use client'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'

const CURRENCIES = ['USD', 'EUR', 'GBP', 'JPY', 'CHF', 'AUD', 'CAD', 'INR', 'SEK', 'BRL']

/** What a space is billed by. `isFixed`: something was posted, so it stays. */
export function BillingFields({
  currency = 'USD',
  billingZone = 'UTC',
  isFixed = false,
}: {
  currency?: string
  billingZone?: string
  isFixed?: boolean
}) {
  const currencies = CURRENCIES.includes(currency) ? CURRENCIES : [currency, ...CURRENCIES]
  if (isFixed) {
    return (
      <>
        <input type="hidden" name="currency" value={currency} />
        <input type="hidden" name="billingZone" value={billingZone} />
        <p className="hint">
          Currency {currency} and billing zone {billingZone} stay: usage was posted by them.
        </p>
      </>
    )
  }
  return (
    <div className="pairs">
      <SelectField
        label="Currency"
        name="currency"
        defaultValue={currency}
        hint="Of its price books and statements. It stays once something is posted."
        options={currencies.map((value) => ({ value, label: value }))}
      />
      <TextField
        label="Billing zone"
        name="billingZone"
        isMono
        defaultValue={billingZone}
        placeholder="Europe/Berlin"
        expected="a time zone such as Europe/Berlin or UTC"
        hint="By its clock a month begins and ends. It stays once something is posted."
      />
    </div>
  )
}
