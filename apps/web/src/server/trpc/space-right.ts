import type { SpaceAccess } from '@meterbook/db/postgres/portal'

/**
 * `see cost`: statements of the whole space. `find events`: single ones, with their content. The last three are of acts upon events, from the mildest to
 * the strongest.
 */
export type SpaceRight =
  | 'see usage'
  | 'see cost'
  | 'administer'
  | 'find events'
  | 'replay events'
  | 'dismiss events'
  | 'correct usage'

/** What each role may do in its space. `developer` sees usage too, but only of the apps in access.apps. */
const RIGHTS: Record<SpaceAccess['role'], readonly SpaceRight[]> = {
  viewer: ['see usage'],
  developer: ['see usage', 'find events', 'replay events'],
  admin: ['see usage', 'see cost', 'administer', 'find events', 'replay events', 'dismiss events'],
  platform: ['see usage', 'see cost', 'administer', 'find events', 'replay events', 'dismiss events', 'correct usage'],
}

/** A billing admin sees the cost of the whole space, whatever else they may. */
export function holdsRight(
  access: Pick<SpaceAccess, 'role'> & Partial<Pick<SpaceAccess, 'isBillingAdmin'>>,
  right: SpaceRight,
): boolean {
  return RIGHTS[access.role].includes(right) || (right === 'see cost' && access.isBillingAdmin === true)
}
