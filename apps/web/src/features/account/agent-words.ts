const BROWSERS = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/curl\//, 'curl'],
] as const
const SYSTEMS = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
] as const
const SHOWN_MAX = 60

/** What a User-Agent header stands for, for somebody who has to recognise their own: `Firefox on Linux`. Others are cut, never interpreted. */
export function agentWords(agent: string | null): string {
  if (!agent) return 'Unknown'
  const browser = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1]
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1]
  if (browser === undefined) return agent.slice(0, SHOWN_MAX)
  return system === undefined ? browser : `${browser} on ${system}`
}
