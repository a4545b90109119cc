import type { SpaceAccess } from '@meterbook/db/postgres/portal'

/**
 * `see cost`: statements of the whole space. `administer`: its people and apps. `manage keys`: those of the apps they see. `find events`: single
 * ones, with their content. The last three are of acts upon events, from the mildest to the strongest.
 */
export type SpaceRight =
  | 'see usage'
  | 'see cost'
  | 'administer'
  | 'manage keys'
  | 'find events'
  | 'replay events'
  | 'dismiss events'
  | 'correct usage'

const ADMIN: readonly SpaceRight[] = [
  'see usage',
  'see cost',
  'administer',
  'manage keys',
  'find events',
  'replay events',
  'dismiss events',
]

/** What each role may do in its space. `developer` sees usage too, but only of the apps in access.apps. */
const RIGHTS: Record<SpaceAccess['role'], readonly SpaceRight[]> = {
  viewer: ['see usage'],
  developer: ['see usage', 'find events', 'replay events', 'manage keys'],
  admin: ADMIN,
  platform: [...ADMIN, 'correct usage'],
}

/** A billing admin sees the cost of the whole space, whatever else they may. */
export function holdsRight(
  access: Pick<SpaceAccess, 'role'> & Partial<Pick<SpaceAccess, 'isBillingAdmin'>>,
  right: SpaceRight,
): boolean {
  return RIGHTS[access.role].includes(right) || (right === 'see cost' && access.isBillingAdmin === true)
}
