import path from 'node:path'
import type { NextConfig } from 'next'

const config: NextConfig = {
  // `npm run check` runs tsc over every package at once; a second check inside the build only costs time.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  reactStrictMode: true,
  turbopack: { root: path.resolve(import.meta.dirname, '../..') },
  // Drivers keep sockets and native parts: they stay in node_modules and are loaded by Node itself.
  serverExternalPackages: ['pg', '@prisma/client', '@prisma/adapter-pg', '@clickhouse/client', 'ioredis', 'bullmq'],
}

export default config
