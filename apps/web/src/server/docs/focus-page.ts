import { BILLING_PERIOD, COST_AND_USAGE, INVOICE_DETAIL } from '@meterbook/core/focus'
import { code, type DocPage, list, section, table, text } from '../../features/docs/doc-page.ts'

const DATASETS = {
  'Cost and Usage': COST_AND_USAGE,
  'Billing Period': BILLING_PERIOD,
  'Invoice Detail': INVOICE_DETAIL,
}

/** How the ledger is said in FOCUS. */
export function focusPage(): DocPage {
  return {
    path: '/docs/focus',
    title: 'FOCUS',
    lead: 'Statements are exported in FOCUS 1.4, the open format for cost and usage data of the FinOps Foundation, and in a 1.2 profile for tools that know no later one.',
    sections: [
      section(
        'Getting a file',
        text(
          'The portal has it on each statement, under **Files**. By program, with the session of a person who may see cost:',
        ),
        code(
          'sh',
          'the export',
          'curl -OJ -b "$SESSION" "$ORIGIN/api/v1/statements/2026-10-atlas/export?format=focus&dataset=cost-and-usage"',
        ),
        text(
          '`dataset`: `cost-and-usage`, `billing-period` or `invoice-detail`. `profile=1.2` gives Cost and Usage with the columns of 1.2. Rows and SHA-256 are in the trailers and in the manifest.',
        ),
      ),
      section(
        'What is what',
        table(
          'FOCUS and Meterbook',
          ['FOCUS', 'here'],
          [
            ['billing account', 'developer space'],
            ['sub account', 'app'],
            ['service provider, host provider, invoice issuer', 'the operator of this platform'],
            ['SKU', 'capability'],
            ['SKU price', 'the capability’s allowance, price or tier, in a version of its price book'],
            ['charge: a row', 'app × environment × SKU price × price version × day'],
            ['charge period', 'the UTC day of the usage, cut at the edges of the billing period'],
            ['billing period', 'a calendar month in the space’s billing zone'],
            ['invoice, invoice detail', 'statement, statement line'],
          ],
        ),
      ),
      section(
        'Costs',
        list(
          'Nothing is prepaid or negotiated, so billed, effective, contracted and list cost are equal.',
          'Every amount is exact, with all its digits. A statement rounds once, and the rounding is a row of its own.',
          'An allowance is a tier at price 0: a day that crosses its edge is two rows.',
          'The sum of BilledCost of an invoice is what the statement asks for, to the last digit.',
        ),
      ),
      section(
        'Corrections',
        text(
          'A closed month never moves. Usage that comes later, or is corrected, is in the open month as rows with `ChargeClass` `Correction`, at the day it belongs to and at the price of that day; `x_OriginalInvoiceId` names the statement that was issued for it.',
        ),
      ),
      ...Object.entries(DATASETS).map(([name, dataset]) =>
        section(
          `Columns of ${name}`,
          table(
            `Columns of ${name}`,
            ['column', 'type', 'may be empty'],
            dataset.map((column) => [`\`${column.name}\``, column.type, column.isNullable ? 'yes' : '']),
          ),
        ),
      ),
    ],
  }
}
