/** Labels whose values have an end, whatever is sent and by whom. */
const LABELS = new Set([
  ...['shard', 'mode', 'reason', 'component', 'stage', 'outcome', 'verdict', 'queue', 'state', 'version', 'node', 'le'],
  ...['http_request_method', 'http_route', 'http_response_status_code'],
])
const PREFIXES = /^(portal|process|nodejs|http)_/
/** What a base unit would be: seconds, bytes, a ratio. */
const OTHER_UNITS =
  /_(ms|millis|milliseconds|micros|microseconds|minutes|hours|days|kb|mb|kilobytes|megabytes|percent)(_|$)/
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-|@|mbk_/i
const SAMPLE = /^(\w+)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\+Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/

/**
 * What Prometheus' own linter would say of this text, and the house's rules: declared before used, base units, `_total` for counters and for
 * nothing else, whole histograms, no label that has no end. Empty: nothing to say.
 */
export function lintMetrics(text: string): string[] {
  const faults: string[] = []
  if (!text.endsWith('\n')) faults.push('expected a line break at the end')
  const families = new Map<
    string,
    { type: string; help: string; samples: [suffix: string, labels: string, value: number][] }
  >()
  let current = ''
  let help = ''
  for (const line of text.split('\n').filter(Boolean)) {
    const declared = /^# (HELP|TYPE) (\w+) (.+)$/.exec(line)
    if (declared?.[1] === 'HELP') {
      if (families.has(declared[2] ?? '')) faults.push(`${declared[2]}: declared twice`)
      help = declared[3] ?? ''
    } else if (declared) {
      current = declared[2] ?? ''
      families.set(current, { type: declared[3] ?? '', help, samples: [] })
    } else {
      const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? []
      if (name === '') faults.push(`not a sample: ${line}`)
      else if (current === '' || !name.startsWith(current)) faults.push(`${name}: not declared before its samples`)
      else
        families
          .get(current)
          ?.samples.push([name.slice(current.length), labels, value === '+Inf' ? Infinity : Number(value)])
    }
  }
  for (const [name, family] of families) faults.push(...lintFamily(name, family))
  return faults
}

function lintFamily(
  name: string,
  { type, help, samples }: { type: string; help: string; samples: [suffix: string, labels: string, value: number][] },
): string[] {
  const faults: string[] = []
  const say = (fault: string) => faults.push(`${name}: ${fault}`)
  if (!PREFIXES.test(name)) say('expected a name that begins with what it belongs to')
  if (OTHER_UNITS.test(name)) say('expected a base unit')
  if (name.endsWith('_total') !== (type === 'counter')) say(`a ${type}, and its name says otherwise`)
  if (name.endsWith('_info') && samples.some(([, , value]) => value !== 1)) say('expected information to be 1')
  if (!/^[A-Z].*\.$/.test(help)) say('expected a sentence of help')
  if (type !== 'histogram' && samples.some(([suffix]) => suffix !== '')) say('a sample of another name')
  if (type === 'histogram') faults.push(...lintHistogram(name, samples))
  for (const [, labels] of samples)
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      if (!LABELS.has(label)) say(`label ${label} is not known to have an end`)
      if (ID.test(value)) say(`label ${label} holds an id`)
    }
  return [...new Set(faults)]
}

function lintHistogram(name: string, samples: readonly [suffix: string, labels: string, value: number][]): string[] {
  const faults: string[] = []
  const series = new Map<string, { buckets: [bound: string, value: number][]; sum?: number; count?: number }>()
  for (const [suffix, labels, value] of samples) {
    const bound = /(?:^|,)le="([^"]+)"/.exec(labels)?.[1]
    const key = labels.replace(/,?le="[^"]+"/, '')
    const one = series.get(key) ?? { buckets: [] }
    series.set(key, one)
    if (suffix === '_bucket' && bound !== undefined) one.buckets.push([bound, value])
    else if (suffix === '_sum') one.sum = value
    else if (suffix === '_count') one.count = value
    else faults.push(`${name}${suffix}: not part of a histogram`)
  }
  for (const { buckets, sum, count } of series.values()) {
    const values = buckets.map(([, value]) => value)
    if (buckets.at(-1)?.[0] !== '+Inf' || values.at(-1) !== count)
      faults.push(`${name}: expected a last bucket that holds all`)
    if (values.some((value, index) => value < (values[index - 1] ?? 0)))
      faults.push(`${name}: expected buckets that hold those below`)
    if (sum === undefined) faults.push(`${name}: expected a sum`)
  }
  return faults
}
