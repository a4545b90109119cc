/** A usage event as an app sends it. */
export interface SentEvent {
  specversion: '1.0'
  id: string
  source: string
  type: string
  time: string
  subject?: string
  data?: Record<string, unknown>
}

export function requestEvent(id: string, more: Partial<SentEvent> = {}): SentEvent {
  return {
    specversion: '1.0',
    id,
    source: '/e2e',
    type: 'request',
    time: new Date().toISOString(),
    data: { method: 'GET', route: '/' },
    ...more,
  }
}

/** Sends a batch as CloudEvents; resolves with the status, or 0 when there was no answer. */
export async function sendBatch(input: { url: string; key: string; events: readonly SentEvent[] }): Promise<number> {
  try {
    const answer = await fetch(`${input.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json', authorization: `Bearer ${input.key}` },
      body: JSON.stringify(input.events),
    })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return 0
  }
}

/** The exact value of a meter over a range, for the key's own app; null when the meter has no row. */
export async function meterValue(input: {
  url: string
  key: string
  meter: string
  query?: Record<string, string>
}): Promise<string | null> {
  const search = new URLSearchParams(input.query)
  const answer = await fetch(`${input.url}/api/v1/meters/${input.meter}/query?${search}`, {
    headers: { authorization: `Bearer ${input.key}` },
  })
  if (answer.status !== 200)
    throw new Error(`expected the query to be answered, found ${answer.status}: ${await answer.text()}`)
  const { data } = (await answer.json()) as { data: { valueExact: string }[] }
  return data[0]?.valueExact ?? null
}
