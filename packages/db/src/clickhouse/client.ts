// ClickHouse, where the analytics live. This folder holds every statement sent to it.
// Promises: parameters are bound, decimals arrive as strings, nothing is read without naming the tenant.
// Does not know: prices, lateness, who may ask.
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'

export type { ClickHouseClient } from '@clickhouse/client'

const REQUEST_TIMEOUT_MS = 60_000
const CONNECTIONS_MAX = 16

/**
 * Opens a client on `http://user:password@host:port/database`. Lazy: no connection is made until the first statement.
 * Integers of 64 bits and more and decimals are quoted in JSON, so that no digit is lost on the way.
 */
export function createClickHouse(url: string): ClickHouseClient {
  return createClient({
    url,
    request_timeout: REQUEST_TIMEOUT_MS,
    max_open_connections: CONNECTIONS_MAX,
    // It would print the server's words, which may quote what was being inserted; the caller gets the error and decides what to say.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: {
      output_format_json_quote_decimals: 1,
      output_format_json_quote_64bit_integers: 1,
      date_time_input_format: 'best_effort',
    },
  })
}
