import 'server-only'
import { notFound } from 'next/navigation'
import type { CurrentPerson } from '../auth/current-person.ts'
import { requirePerson } from './page-data.ts'

/** The person looking, if they run the platform; for everyone else the page does not exist. Every page beneath /admin asks first. */
export async function requirePlatform(): Promise<CurrentPerson> {
  const person = await requirePerson()
  if (!person.isPlatformAdmin) notFound()
  return person
}
