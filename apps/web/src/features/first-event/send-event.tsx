'use client'
import { useQuery } from '@tanstack/react-query'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { SnippetTabs } from '../keys/snippet-tabs.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { usePageAddress } from '../usage/page-address.tsx'

/** A program that sends the plainest event that something measures. */
export function SendEvent({ app }: { app: string }) {
  const { space } = usePageAddress()
  const trpc = useTRPC()
  const choices = useQuery(trpc.keys.choices.queryOptions({ space }))
  return (
    <QueryRegion query={choices} what="What can be sent" height={220}>
      {({ origin, types }) => {
        const plainest = types.toSorted(
          (a, b) => Number(a.needsSubject) - Number(b.needsSubject) || a.data.length - b.data.length,
        )
        const [choice] = plainest
        if (choice === undefined)
          return <p className="sub">Nothing is measured on this platform yet: who runs it defines meters first.</p>
        return (
          <>
            <p className="sub">In the shell in which the key is set. It is usage, and counts.</p>
            <SnippetTabs
              values={{ origin, app, type: choice.type, needsSubject: choice.needsSubject, data: choice.data }}
            />
          </>
        )
      }}
    </QueryRegion>
  )
}
