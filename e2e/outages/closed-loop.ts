import http from 'node:http'
import { requestEvent } from '../events.ts'

const BATCH_EVENTS = 1_000

export interface ClosedLoop {
  /** Moments of the answers, in `performance.now()` milliseconds. */
  taken: number[]
  refused: number[]
  retryAfter: Set<string | undefined>
  statuses: Set<number>
  stop(): Promise<void>
}

/** As many events as the door answers for: every lane sends its next batch when the last is answered, refused or not, waiting for nobody. */
export function startClosedLoop(input: { url: string; key: string; lanes: number; pauseMs: number }): ClosedLoop {
  const agent = new http.Agent({ keepAlive: true, maxSockets: input.lanes })
  const template = Buffer.from(
    JSON.stringify(Array.from({ length: BATCH_EVENTS }, (_, index) => requestEvent(`########-${index}`))),
  )
  const places: number[] = []
  for (let at = template.indexOf('########'); at >= 0; at = template.indexOf('########', at + 1)) places.push(at)
  const loop: Omit<ClosedLoop, 'stop'> = { taken: [], refused: [], retryAfter: new Set(), statuses: new Set() }
  let next = 0
  let isStopping = false
  const lane = async () => {
    const body = Buffer.from(template)
    while (!isStopping) {
      const id = (next++).toString().padStart(8, '0')
      for (const at of places) body.write(id, at, 'latin1')
      const { status, retryAfter } = await post(agent, input, body)
      loop.statuses.add(status)
      if (status === 204) loop.taken.push(performance.now())
      else {
        loop.refused.push(performance.now())
        loop.retryAfter.add(retryAfter)
        await new Promise((resolve) => setTimeout(resolve, input.pauseMs))
      }
    }
  }
  const done = Promise.all(Array.from({ length: input.lanes }, lane))
  return {
    ...loop,
    async stop() {
      isStopping = true
      await done
      agent.destroy()
    },
  }
}

function post(
  agent: http.Agent,
  { url, key }: { url: string; key: string },
  body: Buffer,
): Promise<{ status: number; retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      `${url}/api/v1/events`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/cloudevents-batch+json',
          'content-length': body.length,
          authorization: `Bearer ${key}`,
        },
      },
      (response) => {
        response.resume()
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] }),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}
