import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { BrandMark } from '../../components/ui/glyph.tsx'
import { readReturnPath } from '../../features/signin/return-path.ts'
import { SignInForm } from '../../features/signin/sign-in-form.tsx'
import { currentPerson } from '../../server/auth/current-person.ts'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const next = readReturnPath((await searchParams).next)
  if (await currentPerson()) redirect(next)
  return (
    <main className="lone" id="main">
      <div>
        <p className="brand">
          <BrandMark /> Meterbook
        </p>
        <h1>Sign in</h1>
        <p className="say">See what your apps use, as it happens.</p>
        <SignInForm next={next} />
      </div>
    </main>
  )
}
