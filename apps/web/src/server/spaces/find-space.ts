import { type ListedSpace, listSpacesOfPlatform, type Pool } from '@meterbook/db/postgres'
import { CatalogueRefused } from '@meterbook/db/postgres/catalogue-acts'

/** The space of that slug, archived or not. Throws CatalogueRefused if there is none. */
export async function findSpace(pool: Pool, slug: string): Promise<ListedSpace> {
  const [space] = await listSpacesOfPlatform(pool, slug)
  if (space === undefined) throw new CatalogueRefused('not_found', 'No such developer space')
  return space
}
