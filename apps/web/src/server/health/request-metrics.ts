import type { IncomingMessage, ServerResponse } from 'node:http'
import { Histogram, metric } from './metric-text.ts'

/** Those of OpenTelemetry's http.server.request.duration, in seconds. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

type Seen = { method: string; route: string; status: number; histogram: Histogram }

/** How long this process took to answer, by method, door and status. The door, not the path: a path holds ids, and there is no end of them. */
export class RequestMetrics {
  readonly #seen = new Map<string, Seen>()

  /** To be called when a request comes; counts it when its answer is out, or its client is gone. */
  watch(request: IncomingMessage, response: ServerResponse, route: string): void {
    const begunAt = performance.now()
    response.once('close', () => {
      const { method = '' } = request
      // 499, as nginx calls it: whoever asked has gone before there was an answer.
      const status = response.writableFinished ? response.statusCode : 499
      const seconds = (performance.now() - begunAt) / 1000
      this.#histogramOf({ method: METHODS.has(method) ? method : '_OTHER', route, status }).observe(seconds)
    })
  }

  render(): string[] {
    return metric(
      'http_server_request_duration_seconds',
      'histogram',
      'How long requests took, in this process.',
      [...this.#seen.values()].flatMap(({ method, route, status, histogram }) =>
        histogram.samples({ http_request_method: method, http_route: route, http_response_status_code: status }),
      ),
    )
  }

  #histogramOf(of: Omit<Seen, 'histogram'>): Histogram {
    const key = `${of.method} ${of.route} ${of.status}`
    const seen = this.#seen.get(key) ?? { ...of, histogram: new Histogram(SECONDS) }
    this.#seen.set(key, seen)
    return seen.histogram
  }
}
