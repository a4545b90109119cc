import type { Metadata } from 'next'
import Link from 'next/link'
import { LonePage } from '../../components/ui/lone-page.tsx'
import { ResetForm } from '../../features/signin/reset-form.tsx'

export const metadata: Metadata = { title: 'New password', referrer: 'no-referrer' }

export default async function ResetPage({ searchParams }: { searchParams: Promise<{ token?: string | string[] }> }) {
  const { token } = await searchParams
  if (typeof token !== 'string' || !/^[\w-]{1,200}$/.test(token)) {
    return (
      <LonePage title="New password" say="Expected the whole link of the letter, found a part of it.">
        <p className="say">
          <Link className="link" href="/forgot" prefetch={false}>
            Ask for a new letter
          </Link>
        </p>
      </LonePage>
    )
  }
  return (
    <LonePage title="New password" say="All your sessions end when it is changed.">
      <ResetForm token={token} />
    </LonePage>
  )
}
