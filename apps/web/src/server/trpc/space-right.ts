import type { SpaceAccess } from '@meterbook/db/postgres/portal'

export type SpaceRight = 'see usage' | 'administer'

/** What each role may do in its space. `developer` sees usage too, but only of the apps in access.apps. */
const RIGHTS: Record<SpaceAccess['role'], readonly SpaceRight[]> = {
  viewer: ['see usage'],
  developer: ['see usage'],
  admin: ['see usage', 'administer'],
  platform: ['see usage', 'administer'],
}

export function holdsRight(access: Pick<SpaceAccess, 'role'>, right: SpaceRight): boolean {
  return RIGHTS[access.role].includes(right)
}
