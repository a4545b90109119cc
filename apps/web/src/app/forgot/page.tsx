import type { Metadata } from 'next'
import { LonePage } from '../../components/ui/lone-page.tsx'
import { ForgotForm } from '../../features/signin/forgot-form.tsx'

export const metadata: Metadata = { title: 'Forgotten password' }

export default function ForgotPage() {
  return (
    <LonePage title="Forgotten password" say="A letter to your address lets you choose a new one.">
      <ForgotForm />
    </LonePage>
  )
}
