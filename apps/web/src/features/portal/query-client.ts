import { QueryClient } from '@tanstack/react-query'

const STALE_MS = 5_000
const RETRIES_MAX = 2

/** What the server rendered is not fetched again at once; news of usage invalidate it sooner than age does. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        refetchOnWindowFocus: true,
        retry: (failures, error) => failures < RETRIES_MAX && !isRefusal(error),
      },
    },
  })
}

/** 4xx: asking again changes nothing. */
function isRefusal(error: unknown): boolean {
  const status = (error as { data?: { httpStatus?: number } }).data?.httpStatus
  return status !== undefined && status >= 400 && status < 500
}
