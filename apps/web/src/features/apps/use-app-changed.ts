'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useTRPC } from '../portal/trpc.ts'

/** Once something of an app was changed: everything that shows it is asked for anew. */
export function useAppChanged(): () => Promise<void> {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const router = useRouter()
  return async () => {
    await queryClient.invalidateQueries({ queryKey: trpc.apps.pathKey() })
    await queryClient.invalidateQueries({ queryKey: trpc.proposals.pathKey() })
    router.refresh()
  }
}
