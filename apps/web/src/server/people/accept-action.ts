'use server'
import { actTogether, CatalogueRefused } from '@meterbook/db/postgres/catalogue-acts'
import { acceptInvitation, createPerson, findOffer } from '@meterbook/db/postgres/people'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { getAuth, PASSWORD_LENGTH } from '../auth/auth.ts'
import { currentPerson } from '../auth/current-person.ts'
import { mayTry } from '../auth/sign-in-throttle.ts'
import { postgres } from '../portal/stores.ts'

export type AcceptState = { fault: string | null; field: 'name' | 'password' | null; name: string }

/**
 * Accepts the invitation behind a token: for whoever is signed in with its address, or, where the address has no account, with a new one. Redirects into
 * the space. Whoever has the token has the letter: that is the right this takes.
 */
export async function accept(_before: AcceptState, form: FormData): Promise<AcceptState> {
  const token = String(form.get('token') ?? '')
  const name = String(form.get('name') ?? '').trim()
  const refused = (fault: string, field: AcceptState['field'] = null): AcceptState => ({ fault, field, name })
  const address = (await headers()).get('x-forwarded-for')
  if (!(await mayTry({ what: 'accept an invitation', of: '', address })))
    return refused('Too many tries. Wait a minute, then try again.')
  let slug: string
  try {
    const person = await currentPerson()
    if (person?.viewedBy) return refused(`You look on as ${person.name}: nothing can be changed.`)
    slug = person === null ? await acceptAsNew({ token, name, form }) : await acceptAs(person.id, token)
  } catch (error) {
    if (error instanceof FieldFault) return refused(error.message, error.field)
    if (error instanceof CatalogueRefused) return refused(`${error.message}.`)
    console.error('an invitation could not be accepted', (error as { code?: unknown }).code ?? 'no code')
    return refused('This is not possible right now. The invitation stays as it is; try again in a moment.')
  }
  redirect(`/s/${slug}`)
}

async function acceptAs(personId: string, token: string): Promise<string> {
  const accepted = await actTogether(postgres(), (tx) => acceptInvitation(tx, { token, personId, requestId: null }))
  return accepted.spaceSlug
}

/** Account and membership in one act: there is neither without the other. */
async function acceptAsNew({ token, name, form }: { token: string; name: string; form: FormData }): Promise<string> {
  const password = String(form.get('password') ?? '')
  const offer = await findOffer(postgres(), token)
  if (offer === null) throw new CatalogueRefused('not_found', 'This invitation is not in force any more')
  if (offer.hasAccount) throw new CatalogueRefused('conflict', `${offer.email} has an account: sign in with it first`)
  if (name === '' || name.length > 200 || name.includes('\0') || !name.isWellFormed())
    throw new FieldFault('name', 'Expected your name, as others shall see it.')
  if (password.length < PASSWORD_LENGTH.min)
    throw new FieldFault('password', `Expected at least ${PASSWORD_LENGTH.min} characters, found ${password.length}.`)
  if (password.length > PASSWORD_LENGTH.max)
    throw new FieldFault('password', `Expected at most ${PASSWORD_LENGTH.max} characters, found ${password.length}.`)
  const { email } = offer
  const passwordHash = await (await getAuth().$context).password.hash(password)
  const { spaceSlug } = await actTogether(postgres(), async (tx) => {
    const { id } = await createPerson(tx, { name, email, passwordHash, requestId: null })
    return acceptInvitation(tx, { token, personId: id, requestId: null })
  })
  await getAuth().api.signInEmail({ body: { email, password }, headers: await headers() })
  return spaceSlug
}

class FieldFault extends Error {
  readonly field: 'name' | 'password'

  constructor(field: FieldFault['field'], message: string) {
    super(message)
    this.field = field
  }
}
