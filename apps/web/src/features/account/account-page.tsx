'use client'
// Account: a person's own way in.
// Promises: what takes the password asks for it; a secret is shown once, and nowhere else.
// Does not know: how a password or a second factor is checked.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { signOut } from '../../server/auth/sign-in-action.ts'
import { useTRPC } from '../portal/trpc.ts'
import { PasswordPart } from './password-part.tsx'
import { SecondFactorPart } from './second-factor-part.tsx'
import { SessionsPart } from './sessions-part.tsx'

export function AccountPage() {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const query = useQuery(trpc.account.read.queryOptions())
  const onSettled = () => queryClient.invalidateQueries({ queryKey: trpc.account.pathKey() })
  return (
    <main id="main" tabIndex={-1} className="solo">
      <p>
        <Link className="link" href="/" prefetch={false}>
          Back to your developer spaces
        </Link>
      </p>
      <PageHead title="Your account" sub={query.data?.email}>
        <form action={signOut}>
          <button type="submit" className="btn line">
            Sign out
          </button>
        </form>
      </PageHead>
      <QueryRegion query={query} what="Your account">
        {(account) => (
          <>
            <SecondFactorPart isOn={account.hasSecondFactor} isAdmin={account.isPlatformAdmin} onSettled={onSettled} />
            <PasswordPart onSettled={onSettled} />
            <SessionsPart sessions={account.sessions} onSettled={onSettled} />
          </>
        )}
      </QueryRegion>
    </main>
  )
}
