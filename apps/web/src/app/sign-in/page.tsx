import type { Metadata } from 'next'
import Link from 'next/link'
import { redirect } from 'next/navigation'
import { LonePage } from '../../components/ui/lone-page.tsx'
import { readReturnPath } from '../../features/signin/return-path.ts'
import { SignInForm } from '../../features/signin/sign-in-form.tsx'
import { currentPerson } from '../../server/auth/current-person.ts'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const next = readReturnPath((await searchParams).next)
  if (await currentPerson()) redirect(next)
  return (
    <LonePage title="Sign in" say="See what your apps use, as it happens.">
      <SignInForm next={next} />
      <p className="say">
        <Link className="link" href="/forgot" prefetch={false}>
          Forgotten your password?
        </Link>
      </p>
    </LonePage>
  )
}
