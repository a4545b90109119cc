import { CatalogueDocument, compileCatalogue, type StoredCatalogue } from '@meterbook/core/catalogue'
import { createProjector, type Projector } from '@meterbook/core/projection'
import { type Pool, readCatalogueRevision, readCatalogueSnapshot, snapshotCatalogue } from '@meterbook/db/postgres'

const REVISIONS_MAX = 4

/** Projectors by catalogue revision, shared by all shards of the process; the last few, because open groups may name an older one. */
export class CatalogueCache {
  readonly #pool: Pool
  readonly #projectors = new Map<bigint, Projector>()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** The catalogue as it is now. Its revision has a snapshot before anybody can record a group under it. */
  async current(): Promise<Projector> {
    const known = this.#projectors.get(await readCatalogueRevision(this.#pool))
    return known ?? this.#compile(await snapshotCatalogue(this.#pool))
  }

  /** The catalogue as it was at the revision that a group names. */
  async at(revision: bigint): Promise<Projector> {
    return this.#projectors.get(revision) ?? this.#compile(await readCatalogueSnapshot(this.#pool, revision))
  }

  #compile(stored: StoredCatalogue): Projector {
    const projector = createProjector(compileCatalogue(CatalogueDocument.parse(stored)))
    this.#projectors.set(projector.catalogue.revision, projector)
    for (const revision of this.#projectors.keys()) {
      if (this.#projectors.size <= REVISIONS_MAX) break
      this.#projectors.delete(revision)
    }
    return projector
  }
}
