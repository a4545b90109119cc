'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '../../components/ui/button.tsx'
import { CopyText } from '../../components/ui/copy-text.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { usePageAddress } from '../usage/page-address.tsx'

/** A key for the app, shown once, as the line that a shell takes it by. */
export function FirstKey(props: {
  app: string
  hasKey: boolean
  issued: string | null
  onIssued: (issued: { app: string; text: string }) => void
}) {
  const { app, hasKey, issued, onIssued } = props
  const { space } = usePageAddress()
  const { role } = useFrame()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const create = useMutation(trpc.keys.create.mutationOptions())
  if (role === 'viewer') return <p className="sub">A developer or an admin of this space makes keys.</p>
  const make = async () => {
    const made = await create.mutateAsync({ space, app, name: 'first key', purpose: 'send' }).catch(() => null)
    if (made !== null) onIssued({ app, text: made.key })
    await queryClient.invalidateQueries()
  }
  return (
    <>
      {issued === null ? (
        <p className="sub">
          {hasKey
            ? 'A key is there; its text was shown when it was made. If nobody has it any more, make another.'
            : 'It says whose usage is sent, and is shown once.'}
        </p>
      ) : (
        <CopyText text={`export METERBOOK_KEY=${issued}`} label="the key" isBlock />
      )}
      {issued === null ? (
        <Button kind={hasKey ? 'line' : 'main'} isPending={create.isPending} onClick={() => void make()}>
          {hasKey ? 'Make another key' : 'Make a key'}
        </Button>
      ) : null}
      {create.isError ? (
        <Notice tone="danger" title="It was not made">
          {create.error.message}
        </Notice>
      ) : null}
    </>
  )
}
