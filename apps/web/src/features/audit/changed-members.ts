export type ChangedMember = { path: string; before: string | null; after: string | null }

/** The members of two JSON values that differ, by path, both as texts; what is the same in both is left out. */
export function changedMembers(before: string | null, after: string | null): ChangedMember[] {
  const left = flat(before)
  const right = flat(after)
  const paths = [...new Set([...left.keys(), ...right.keys()])]
  return paths.flatMap((path) => {
    const change = { path, before: left.get(path) ?? null, after: right.get(path) ?? null }
    return change.before === change.after ? [] : [change]
  })
}

function flat(json: string | null): Map<string, string> {
  const found = new Map<string, string>()
  if (json !== null) put(found, '', JSON.parse(json))
  return found
}

function put(found: Map<string, string>, path: string, value: unknown): void {
  const isBranch = typeof value === 'object' && value !== null && Object.keys(value).length > 0
  if (!isBranch) found.set(path === '' ? 'value' : path, typeof value === 'string' ? value : JSON.stringify(value))
  else for (const [name, each] of Object.entries(value)) put(found, path === '' ? name : `${path}.${name}`, each)
}
