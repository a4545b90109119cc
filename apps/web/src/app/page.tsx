import { redirect } from 'next/navigation'
import { BrandMark } from '../components/ui/glyph.tsx'
import { signOut } from '../server/auth/sign-in-action.ts'
import { pageQueries, requirePerson } from '../server/portal/page-data.ts'

/** The way in: the first space of whoever is signed in. */
export default async function EntryPage() {
  const person = await requirePerson()
}
