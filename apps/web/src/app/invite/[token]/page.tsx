import { findOffer, type InvitationOffer } from '@meterbook/db/postgres/people'
import type { Metadata } from 'next'
import Link from 'next/link'
import { LonePage } from '../../../components/ui/lone-page.tsx'
import { AcceptForm } from '../../../features/people/accept-form.tsx'
import { ROLE_WORDS } from '../../../features/people/role-words.ts'
import { currentPerson } from '../../../server/auth/current-person.ts'
import { signOut } from '../../../server/auth/sign-in-action.ts'
import { postgres } from '../../../server/portal/stores.ts'

export const metadata: Metadata = { title: 'Invitation', referrer: 'no-referrer' }

/** What an invitation is of, and the way to accept it, for whoever has its link. */
export default async function InvitePage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params
  const offer = await findOffer(postgres(), token)
  if (offer === null) {
    return (
      <LonePage
        title="This invitation is not in force"
        say="It was accepted, taken back, sent again, or is older than seven days. Ask an admin of the developer space for another."
      >
        <p className="say">
          <Link className="link" href="/sign-in" prefetch={false}>
            Sign in
          </Link>
        </p>
      </LonePage>
    )
  }
  const { space, role, isBillingAdmin, invitedByName } = offer
  const billing = isBillingAdmin ? ', and as billing admin' : ''
  return (
    <LonePage
      title={`Join ${space.name}`}
      say={`${invitedByName} invites ${offer.email} as ${ROLE_WORDS[role].as}${billing}.`}
    >
      <Way offer={offer} token={token} />
    </LonePage>
  )
}

async function Way({ offer, token }: { offer: InvitationOffer; token: string }) {
  const person = await currentPerson()
  const { email, space } = offer
  if (person !== null && person.email.toLowerCase() !== email) {
    return (
      <form action={signOut}>
        <p className="say">You are signed in as {person.email}. Sign out, then open the link of the letter again.</p>
        <button type="submit" className="btn main">
          Sign out
        </button>
      </form>
    )
  }
  if (person === null && offer.hasAccount) {
    return (
      <p className="say">
        This address has an account.{' '}
        <Link className="link" href={`/sign-in?next=${encodeURIComponent(`/invite/${token}`)}`} prefetch={false}>
          Sign in to join
        </Link>
      </p>
    )
  }
  return <AcceptForm token={token} spaceName={space.name} isNew={person === null} />
}
