/** What is asked for, as the address says it; times are in UTC where they name no zone. */
export type CorrectionAddress = Partial<Record<'act' | 'app' | 'from' | 'to' | 'type' | 'text' | 'event', string>>

const NAMES = ['act', 'app', 'from', 'to', 'type', 'text', 'event'] as const

export function readCorrectionAddress(asked: Record<string, string | string[] | undefined>): CorrectionAddress {
  const address: CorrectionAddress = {}
  for (const name of NAMES) {
    const value = asked[name]
    if (typeof value === 'string' && value.trim() !== '') address[name] = value.trim().slice(0, 1_000)
  }
  return address
}

export type CorrectionActName = 'cancel' | 'amend' | 'reattribute'

export function actOf({ act }: CorrectionAddress): CorrectionActName | null {
  return act === 'cancel' || act === 'amend' || act === 'reattribute' ? act : null
}

/** Where somebody comes to with this, which can be sent to somebody else. `event`: `app:batch:pos`, the one that is amended. */
export function correctionHref(address: CorrectionAddress): string {
  return `/admin/corrections?${new URLSearchParams(address)}`
}

/** The address as the server's selection. A time that is none is passed on, so that the server says what it expected. */
export function selectionOf({ app, from, to, type, text }: Omit<CorrectionAddress, 'act' | 'event'>) {
  return {
    ...(app === undefined ? {} : { app }),
    ...(from === undefined ? {} : { from: instantOf(from) }),
    ...(to === undefined ? {} : { to: instantOf(to) }),
    ...(type === undefined ? {} : { types: [type] }),
    ...(text === undefined ? {} : { text }),
  }
}

/** `2026-11-01`, or with an hour `2026-11-01 14:00`: of UTC. */
function instantOf(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T00:00:00Z`
  if (/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d$/.test(text)) return `${text.replace(' ', 'T')}:00Z`
  return text
}
