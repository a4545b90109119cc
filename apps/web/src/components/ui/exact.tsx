const FRACTION_MAX = 12

/**
 * An exact decimal, grouped by spacing only: a copy gives the digits and nothing else. A third ends in an ellipsis; `isWhole` shows all digits there
 * are, and leaves it to the place to cut them, so that a copy has them still.
 */
export function Exact({ text, isWhole = false }: { text: string; isWhole?: boolean }) {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  const isLong = !isWhole && fraction.length > FRACTION_MAX
  const groups = whole.match(/\d{1,3}(?=(\d{3})*$)/g) ?? [whole]
  return (
    <span className="ex">
      {text.startsWith('-') ? '\u2212' : ''}
      {groups.map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: digits have no other identity than their place
        <i key={index}>{group}</i>
      ))}
      {fraction ? '.' : ''}
      {((isLong ? fraction.slice(0, FRACTION_MAX) : fraction).match(/\d{1,3}/g) ?? []).map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <i key={index} className={index > 0 ? 'f' : 'p'}>
          {group}
        </i>
      ))}
      {isLong ? '…' : ''}
    </span>
  )
}
