import type { Catalogue } from '../catalogue/index.ts'
import { TEST_INSTALLATION } from '../event/index.ts'
import { formatInstant, type Instant } from '../kernel/index.ts'

export type Attribution = { ok: true; spaceId: string; isExempt: boolean } | AttributionFault
export interface AttributionFault {
  ok: false
  code: 'unattributed'
  detail: string
}

/** The developer space that owned the app at the event's time, and whether the installation was exempt then. */
export function attribute(input: {
  catalogue: Catalogue
  appId: string
  installation: string | null
  at: Instant
}): Attribution {
  const ownership = input.catalogue.ownershipOf(input.appId, input.at)
  if (ownership === null) {
    return {
      ok: false,
      code: 'unattributed',
      detail: `expected a developer space that owns app ${input.appId} at ${formatInstant(input.at)}, found none`,
    }
  }
  return { ok: true, spaceId: ownership.spaceId, isExempt: isExempt(input) }
}

/** Whether usage of that installation costs nothing: the catalogue says so of some, and a test event is never billed, whatever it says. */
export function isExempt(input: {
  catalogue: Catalogue
  appId: string
  installation: string | null
  at: Instant
}): boolean {
  return input.installation === TEST_INSTALLATION || input.catalogue.isExempt(input)
}
