import { redirect } from 'next/navigation'
import { BrandMark } from '../components/ui/glyph.tsx'
import { signOut } from '../server/auth/sign-in-action.ts'
import { pageQueries, requirePerson } from '../server/portal/page-data.ts'

/** The way in: the first space of whoever is signed in. */
export default async function EntryPage() {
  const person = await requirePerson()
  const { queryClient, trpc } = await pageQueries()
  const [first] = await queryClient.fetchQuery(trpc.spaces.queryOptions())
  if (first) redirect(`/s/${first.slug}`)
  return (
    <main className="lone" id="main">
      <div>
        <p className="brand">
          <BrandMark /> Meterbook
        </p>
        <h1>No developer space yet</h1>
        <p className="say">
          You are signed in as {person.email}, but belong to no developer space. An admin of one can add you.
        </p>
        <form action={signOut}>
          <button type="submit" className="btn line">
            Sign out
          </button>
        </form>
      </div>
    </main>
  )
}
