import { type CollectorSettings, readCollectorSettings } from '@meterbook/db/collector'
import { z } from 'zod'

const Environment = z.object({
  DATABASE_URL: z.url(),
  REDIS_URL: z.url(),
  CLICKHOUSE_URL: z.url(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

/** `collector`: where traces are sent; null: nowhere. */
type WorkerEnvironment = z.infer<typeof Environment> & { collector: CollectorSettings | null }

/** The environment of a worker process. Throws one error that names every variable that is missing or wrong, without its value. */
export function readEnvironment(variables: Record<string, string | undefined>): WorkerEnvironment {
  const parsed = Environment.safeParse(variables)
  if (parsed.success) return { ...parsed.data, collector: readCollectorSettings(variables) }
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.message})`)
  throw new Error(`the worker's environment is incomplete: ${wrong.join(', ')}`)
}
