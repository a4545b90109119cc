/** What `npm audit --json` printed, judged: `unknown` when it was not an answer of the registry, which is neither good nor bad news. */
export type AuditAnswer = { verdict: 'well' | 'unknown'; words: string } | { verdict: 'vulnerable'; words: string }

const GRAVE = ['high', 'critical'] as const

export function readAuditAnswer(printed: string): AuditAnswer {
  const answer = parsed(printed)
  const counts = answer?.metadata?.vulnerabilities
  if (counts === undefined) {
    const why = answer?.message ?? answer?.error?.summary ?? 'no answer'
    return { verdict: 'unknown', words: `the registry told nothing of advisories (${why || 'no reason given'})` }
  }
  const grave = GRAVE.reduce((sum, severity) => sum + (counts[severity] ?? 0), 0)
  if (grave === 0) return { verdict: 'well', words: 'no advisory of high or critical severity for what is shipped' }
  const names = Object.entries(answer?.vulnerabilities ?? {}).filter(([, { severity }]) =>
    GRAVE.some((one) => one === severity),
  )
  return { verdict: 'vulnerable', words: `${grave} grave: ${names.map(([name]) => name).join(', ')}` }
}

interface Printed {
  message?: string
  error?: { summary?: string }
  metadata?: { vulnerabilities?: Partial<Record<string, number>> }
  vulnerabilities?: Record<string, { severity?: string }>
}

function parsed(printed: string): Printed | null {
  try {
    return JSON.parse(printed.slice(printed.indexOf('{'))) as Printed
  } catch {
    return null
  }
}
