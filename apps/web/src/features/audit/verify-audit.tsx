'use client'
import { useQuery } from '@tanstack/react-query'
import { Button } from '../../components/ui/button.tsx'
import { CopyText } from '../../components/ui/copy-text.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { formatCount } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'

/** The button that has every row's hash computed again, and what came of it. */
export function useAuditVerification() {
  const trpc = useTRPC()
  const query = useQuery(trpc.audit.verify.queryOptions(undefined, { enabled: false, gcTime: 0 }))
  const { data, isError } = query
  const button = (
    <Button isPending={query.isFetching} onClick={() => void query.refetch()}>
      Verify chain
    </Button>
  )
  const result = isError ? (
    <Notice tone="danger" title="The chain could not be verified">
      The database did not answer in time. Nothing is known of the chain by this; try again.
    </Notice>
  ) : data === undefined ? null : data.fault === null ? (
    <Notice tone="good" title={`${formatCount(data.entries)} entries are as they were written`}>
      Each was hashed again, in {data.tookMs} ms. The head is{' '}
      <CopyText text={`audit:${data.entries}:${data.hash}`} label="the head" shown={`${data.hash.slice(0, 16)}…`} />:
      whoever keeps it can show later that nothing before it was changed:{' '}
      <code className="mono">meterbook verify --head</code>
    </Notice>
  ) : (
    <Notice
      tone="danger"
      title={`Entry ${data.fault.sequence} is not as it was written: ${data.fault.fault}, ${data.fault.part}`}
    >
      Expected {data.fault.expected}, found {data.fault.found}. {formatCount(data.entries)} entries before it are well.
      Keep this database as evidence.
    </Notice>
  )
  return { button, result: <div role="status">{result}</div> }
}
