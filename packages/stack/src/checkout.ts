import path from 'node:path'

/** Absolute path of the repository's checkout: what scripts, packages and the shared cache hang from. */
export const checkout: string = path.resolve(import.meta.dirname, '..', '..', '..')
