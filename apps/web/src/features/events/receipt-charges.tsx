'use client'
import { Exact } from '../../components/ui/exact.tsx'
import {
  formatBilled,
  formatCount,
  formatExact,
  formatMoment,
  formatMonth,
  formatUnit,
  formatWindow,
} from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { statementPath, writeOpened } from '../statement/statement-address.ts'
import { reasonWords, tierWords } from '../statement/statement-words.ts'
import type { CapabilityCharge, ChargesView, EventRow } from './events-address.ts'

type EntryOf = CapabilityCharge['entries'][number]
type Share = NonNullable<EntryOf['share']>

/** What the event costs, before anything else; what is not known yet is said, and is not zero. */
export function ReceiptTotals({ charges, verdict }: { charges: ChargesView | null; verdict: EventRow['verdict'] }) {
  if (charges === null || verdict !== 'counted') return null
  return (
    <>
      {charges.capabilities.map((each) => (
        <p
          key={each.capability}
          className="exactly"
          title={each.amount ? `${each.amount} ${each.currency}` : undefined}
        >
          {each.amount === null ? null : (
            <>
              <Exact text={each.amount} />
              <span className="u">{each.currency} for </span>
            </>
          )}
          {each.quantity === null ? null : (
            <span className={each.amount === null ? undefined : 'u'}>
              <Exact text={each.quantity} /> {formatUnit(each.unit, each.quantity)}
            </span>
          )}
        </p>
      ))}
      <p className="sub">{stateWords(charges)}</p>
    </>
  )
}

function stateWords({ capabilities, maySeeCost }: ChargesView): string {
  if (capabilities.length === 0) return 'Counted once. None of its meters has a price.'
  if (capabilities.every(({ entries }) => entries.length > 0))
    return `Final. Counted once and posted${maySeeCost ? '' : '; what it costs is for those who may see the cost'}.`
  if (capabilities.every(({ isPriced }) => !isPriced)) return 'Counted once. It has no price in force.'
  return 'Counted once. Not posted yet: an hour is settled some two days after it ended, when nothing late can come.'
}

/** Rated, and the entries of the ledger: for each capability. */
export function ReceiptCharges({ charges }: { charges: ChargesView }) {
  return (
    <>
      {charges.capabilities.map((each) => (
        <section key={each.capability} aria-label={each.name}>
          <Rated charge={each} isAlone={charges.capabilities.length === 1} maySeeCost={charges.maySeeCost} />
          {each.entries.map((entry) => (
            <Entry key={entry.sequence} charge={each} entry={entry} />
          ))}
        </section>
      ))}
      {charges.capabilities.length === 0 ? <h3>No price: nothing of it is billed</h3> : null}
    </>
  )
}

function Rated(props: { charge: CapabilityCharge; isAlone: boolean; maySeeCost: boolean }) {
  const { charge, isAlone, maySeeCost } = props
  const { space } = useFrame()
  const { price, unit, currency, isLevel, isExempt, entries } = charge
  const shares = entries.flatMap(({ share }) => (share === null ? [] : [share]))
  return (
    <div className="rstep">
      <h3>
        Rated{isAlone ? '' : `: ${charge.name}`}
        <span className="when">{formatMonth(charge.period.start, space.billingZone)}</span>
      </h3>
      {charge.formulas.map(({ meter, words }) => (
        <p key={meter}>What counts: {words}.</p>
      ))}
      {isExempt ? <p>Exempt: shown, never charged, and no part of the allowance.</p> : null}
      {price === null ? (
        <p>
          {charge.isPriced
            ? maySeeCost
              ? ''
              : 'Its price is for those who may see the cost.'
            : 'No price was in force.'}
        </p>
      ) : (
        <p>
          Price of {formatMoment(price.since, 'UTC').split(',')[0]}:{' '}
          {price.tiers === null
            ? `${formatExact(price.price)} ${currency} per ${price.per === '1' ? '' : `${formatExact(price.per)} `}${formatUnit(unit, price.per)}`
            : 'in tiers'}
          {price.allowance === '0'
            ? ''
            : `; ${formatExact(price.allowance)} ${formatUnit(unit, price.allowance)} included in the month`}
          .
        </p>
      )}
      {isLevel ? (
        <p>
          A level: it holds until the next sample of its subject, so each hour’s entry is made of all samples together.
        </p>
      ) : null}
      {shares.map((share) => (
        <ShareTable key={share.cumulative.before} share={share} charge={charge} />
      ))}
    </div>
  )
}

function ShareTable({ share, charge }: { share: Share; charge: CapabilityCharge }) {
  const { cumulative, parts, amount, isAsPosted } = share
  const row = (name: string, text: string) => (
    <tr>
      <th scope="row">{name}</th>
      <td title={text}>
        <Exact text={text} />
      </td>
    </tr>
  )
  return (
    <>
      <table className="calc">
        <caption className="vh">The month before and after this event</caption>
        <tbody>
          {row('Month before this event', cumulative.before)}
          {row('Month after', cumulative.after)}
          {parts.map((part) => (
            <tr key={`${part.version} ${part.tier} ${part.unitPrice}`}>
              <th scope="row">
                {tierWords(part.tier)}
                {part.unitPrice === null || part.units === '0' ? null : (
                  <span className="rate">
                    <Exact text={part.units} /> × <Exact text={part.unitPrice} />
                  </span>
                )}
              </th>
              <td title={part.amount}>
                <Exact text={part.amount} />
              </td>
            </tr>
          ))}
        </tbody>
        {amount === null ? null : (
          <tfoot>
            <tr>
              <th scope="row">Price after less price before, {charge.currency}</th>
              <td title={amount}>
                <Exact text={amount} />
              </td>
            </tr>
          </tfoot>
        )}
      </table>
      {isAsPosted ? null : (
        <p className="sub warn">
          By today’s prices. The hour was posted by others, so this one’s share of it cannot be told apart any more.
        </p>
      )}
    </>
  )
}

function Entry({ charge, entry }: { charge: CapabilityCharge; entry: EntryOf }) {
  const { space } = useFrame()
  const { statement, sequence } = entry
  const href = statementPath(space.slug, statement.id) + writeOpened({ line: statement.line, entry: sequence })
  return (
    <div className="rstep">
      <h3>
        <span>
          {entry.amount === null ? (
            `Ledger entry ${formatCount(sequence)}`
          ) : (
            <a className="link" href={href}>
              Ledger entry {formatCount(sequence)}
            </a>
          )}
          {entry.kind === 'adjustment' ? <span className="tag">adjustment</span> : null}
        </span>
        <span className="when num">{formatMoment(entry.postedAt, 'UTC')}</span>
      </h3>
      <p>
        {entry.reason === null
          ? `${formatWindow(charge.window, 'hour', 'UTC')}, posted once late events could no longer count.`
          : `For ${reasonWords(entry.reason)}, to entry ${formatCount(entry.adjusts ?? '')}.`}
        {entry.share === null && !charge.isLevel ? ' This event is not in it.' : ''}
      </p>
      <table className="calc">
        <caption className="vh">The whole entry</caption>
        <tbody>
          <tr>
            <th scope="row">Quantity of the hour</th>
            <td title={entry.quantity}>
              {formatBilled(entry.quantity)} <span className="un">{formatUnit(charge.unit, entry.quantity)}</span>
            </td>
          </tr>
        </tbody>
        {entry.amount === null ? null : (
          <tfoot>
            <tr>
              <th scope="row">Amount of the hour, {charge.currency}</th>
              <td title={entry.amount}>
                <Exact text={entry.amount} />
              </td>
            </tr>
          </tfoot>
        )}
      </table>
      <p className="hash">
        <span className="mut">Hash </span>
        {entry.hash}
      </p>
      <p className="hash">
        <span className="mut">Previous, entry {formatCount((BigInt(sequence) - 1n).toString())} </span>
        {entry.previousHash}
      </p>
    </div>
  )
}
