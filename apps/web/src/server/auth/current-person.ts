import 'server-only'
import { headers } from 'next/headers'
import { cache } from 'react'
import { type CurrentPerson, personOf } from './person-of-session.ts'

export type { CurrentPerson }
export { personOf as personFrom }

/** personFrom for the page being rendered; asked once a request. */
export const currentPerson = cache(async () => personOf(await headers()))
