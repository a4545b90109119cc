import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../generated/prisma/client.ts'

export type { PrismaClient } from '../generated/prisma/client.ts'

const KEY = Symbol.for('meterbook.prisma')

/**
 * The process's one Prisma client on DATABASE_URL's database. Kept on globalThis because the web server's own modules and Next's
 * bundle hold separate copies of this file. Connects at the first query.
 */
export function getPrisma(url: string): PrismaClient {
  const shared = globalThis as { [KEY]?: Map<string, PrismaClient> }
  shared[KEY] ??= new Map()
  let client = shared[KEY].get(url)
  if (!client) {
    client = new PrismaClient({
      adapter: new PrismaPg({ connectionString: url, application_name: 'meterbook-prisma' }),
    })
    shared[KEY].set(url, client)
  }
  return client
}
