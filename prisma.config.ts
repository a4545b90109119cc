import { defineConfig } from 'prisma/config'

// The default url is never connected to: generate and validate must not need an environment.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: {
    url: process.env.DATABASE_OWNER_URL ?? process.env.DATABASE_URL ?? 'postgresql://127.0.0.1:5432/meterbook',
  },
})
