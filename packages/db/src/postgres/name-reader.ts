import type { Pool } from './pool.ts'

/** An app by the names people know it by; `shard` is where its journal is. */
export interface NamedApp {
  id: string
  slug: string
  name: string
  shard: number
}

/** The apps with these ids (null: every app of the platform), archived ones too: what was taken of them is still there. */
export async function listApps(pool: Pool, ids: readonly string[] | null): Promise<NamedApp[]> {
  const { rows } = await pool.query<NamedApp>(
    'SELECT id, slug, name, shard FROM app WHERE $1::uuid[] IS NULL OR id = ANY($1::uuid[]) ORDER BY slug',
    [ids],
  )
  return rows
}

export interface NamedSpace {
  id: string
  slug: string
  name: string
}

/** The developer spaces with these ids, by id. What is no id, as the empty text of an event that nobody owned, finds none. */
export async function readSpaces(pool: Pool, ids: readonly string[]): Promise<Map<string, NamedSpace>> {
  const { rows } = await pool.query<NamedSpace>(
    'SELECT id, slug, name FROM developer_space WHERE id::text = ANY($1::text[])',
    [[...new Set(ids)]],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** The id of the developer space of that slug, archived or not; null if there is none. */
export async function findSpaceId(pool: Pool, slug: string): Promise<string | null> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'space-id-by-slug',
    text: 'SELECT id FROM developer_space WHERE slug = $1',
    values: [slug],
  })
  return rows[0]?.id ?? null
}
