import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { LonePage } from '../../../components/ui/lone-page.tsx'
import { CodeForm } from '../../../features/signin/code-form.tsx'
import { readReturnPath } from '../../../features/signin/return-path.ts'
import { currentPerson } from '../../../server/auth/current-person.ts'

export const metadata: Metadata = { title: 'Second step' }

export default async function CodePage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const next = readReturnPath((await searchParams).next)
  if (await currentPerson()) redirect(next)
  return (
    <LonePage title="Second step" say="The six digits that your authenticator app shows, or a backup code.">
      <CodeForm next={next} />
    </LonePage>
  )
}
