import type { Findings } from './findings.ts'

/** Compares what must be there with what is there, each as a text under a key; a key found twice is a finding too. */
export function compare(
  kind: string,
  input: {
    expected: ReadonlyMap<string, string>
    found: Iterable<readonly [key: string, text: string]>
    findings: Findings
  },
): void {
  const { expected, findings } = input
  const met = new Set<string>()
  for (const [key, text] of input.found) {
    const wanted = expected.get(key)
    if (met.has(key)) findings.add(`${kind}: there twice`, `${key}: ${text}`)
    else if (wanted === undefined) findings.add(`${kind}: there and should not be`, `${key}: ${text}`)
    else if (wanted !== text) findings.add(`${kind}: differs`, `${key}: expected ${wanted}, found ${text}`)
    met.add(key)
  }
  for (const [key, text] of expected) if (!met.has(key)) findings.add(`${kind}: missing`, `${key}: ${text}`)
}
