'use client'
import { DisplayName, Slug } from '@meterbook/core/catalogue-file'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { usePageAddress } from '../usage/page-address.tsx'

const Asked = z.object({ name: DisplayName, slug: Slug })

/** The first app: its name is enough. */
export function MakeApp() {
  const { space } = usePageAddress()
  const { role } = useFrame()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const create = useMutation(trpc.apps.create.mutationOptions())
  const [fault, setFault] = useState<string | null>(null)
  if (role !== 'admin' && role !== 'platform')
    return <p className="sub">An admin of this space makes its apps, and lets you see them.</p>
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name')).trim()
    const asked = Asked.safeParse({ name, slug: slugOf(name) })
    if (!asked.success) return setFault('A name with a letter or a digit in it, please.')
    setFault(null)
    const failed = await create
      .mutateAsync({ space, ...asked.data, isEntitled: true, reason: null })
      .then(() => null)
      .catch((error: Error) => error.message)
    setFault(failed)
    await queryClient.invalidateQueries()
  }
  return (
    <form onSubmit={(event) => void submit(event)} className="kfields">
      <TextField label="Name of the app" name="name" maxLength={60} placeholder="Sprint Radar" />
      <Button kind="main" type="submit" isPending={create.isPending}>
        Make the app
      </Button>
      {fault === null ? null : (
        <Notice tone="danger" title="It was not made">
          {fault}
        </Notice>
      )}
    </form>
  )
}

/** `Sprint Radar 2` is `sprint-radar-2`. */
function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
}
