const FRACTION_MAX = 12

/** An exact decimal, grouped by spacing only: a copy gives the digits and nothing else. A third ends in an ellipsis. */
export function Exact({ text }: { text: string }) {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  const isLong = fraction.length > FRACTION_MAX
  const groups = whole.match(/\d{1,3}(?=(\d{3})*$)/g) ?? [whole]
  return (
    <span className="ex">
      {text.startsWith('-') ? '\u2212' : ''}
      {groups.map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: digits have no other identity than their place
        <i key={index}>{group}</i>
      ))}
      {fraction ? '.' : ''}
      {(fraction.slice(0, FRACTION_MAX).match(/\d{1,3}/g) ?? []).map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <i key={index} className={index > 0 ? 'f' : undefined}>
          {group}
        </i>
      ))}
      {isLong ? '…' : ''}
    </span>
  )
}
