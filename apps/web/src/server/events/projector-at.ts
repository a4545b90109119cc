import { CatalogueDocument, compileCatalogue, type StoredCatalogue } from '@meterbook/core/catalogue'
import { createProjector, type Projector } from '@meterbook/core/projection'
import { type Pool, readCatalogueRevision, readCatalogueSnapshot, snapshotCatalogue } from '@meterbook/db/postgres'

/** A catalogue of thousands of apps is some megabytes once compiled. */
const REVISIONS_MAX = 4

const caches = new WeakMap<Pool, Map<bigint, Projector>>()

/** What an event would become under the catalogue as it is now. */
export async function currentProjector(pool: Pool): Promise<Projector> {
  const known = cacheOf(pool).get(await readCatalogueRevision(pool))
  return known ?? compile(pool, await snapshotCatalogue(pool))
}

/** Under the catalogue as it was at a revision that a group names. */
export async function projectorAt(pool: Pool, revision: bigint): Promise<Projector> {
  return cacheOf(pool).get(revision) ?? compile(pool, await readCatalogueSnapshot(pool, revision))
}

function compile(pool: Pool, stored: StoredCatalogue): Projector {
  const projector = createProjector(compileCatalogue(CatalogueDocument.parse(stored)))
  const cache = cacheOf(pool)
  cache.set(projector.catalogue.revision, projector)
  for (const revision of cache.keys()) {
    if (cache.size <= REVISIONS_MAX) break
    cache.delete(revision)
  }
  return projector
}

function cacheOf(pool: Pool): Map<bigint, Projector> {
  const cache = caches.get(pool) ?? new Map<bigint, Projector>()
  caches.set(pool, cache)
  return cache
}
