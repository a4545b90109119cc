import { type CorrectionSight, listApps } from '@meterbook/db/postgres'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { CurrentPerson } from '../auth/current-person.ts'
import type { EventSight } from '../events/event-sight.ts'
import { findSpaceAccess, postgres } from './stores.ts'

export interface SeenEvents {
  role: SpaceAccess['role']
  isBillingAdmin: boolean
  sight: EventSight
  correctionSight: CorrectionSight
}

/** The events that a person may see in a space; where none is named, in the whole platform, if they run it. Asked anew for each call. */
export async function findEventSight(asking: {
  person: CurrentPerson
  spaceSlug: string | undefined
}): Promise<SeenEvents | 'no such space' | 'needs a space'> {
  const { person, spaceSlug } = asking
  if (spaceSlug === undefined) {
    if (!person.isPlatformAdmin) return 'needs a space'
    const sight = { apps: await listApps(postgres(), null), isWhole: true, spaceId: null, environments: null }
    return { role: 'platform', isBillingAdmin: false, sight, correctionSight: { space: null } }
  }
  const access = await findSpaceAccess({ person, spaceSlug })
  if (access === null) return 'no such space'
  const ownedAppIds = access.apps.filter(({ isOwned }) => isOwned).map(({ id }) => id)
  return {
    role: access.role,
    isBillingAdmin: access.isBillingAdmin,
    sight: { apps: access.apps, isWhole: false, spaceId: access.space.id, environments: null },
    correctionSight: { space: { id: access.space.id, ownedAppIds } },
  }
}
