import 'server-only'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import { cache } from 'react'
import { currentPerson } from '../auth/current-person.ts'
import { findSpaceAccess } from './stores.ts'

/** The looking person's way into a space, once a request: for the frame and the titles. Reads of usage ask for it by themselves. */
export const findAccess = cache(async (spaceSlug: string): Promise<SpaceAccess | null> => {
  const person = await currentPerson()
  return person ? findSpaceAccess({ person, spaceSlug }) : null
})
