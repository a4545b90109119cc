'use client'
import { CopyText } from '../../components/ui/copy-text.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { formatMoment } from '../../format.ts'
import type { AuditText } from './audit-view.ts'
import { changedMembers } from './changed-members.ts'

/** One act in full: what it was before and after, member by member, and its place in the chain. */
export function AuditEntryDetail({ entry }: { entry: AuditText }) {
  const changes = changedMembers(entry.before, entry.after)
  return (
    <div className="audit-entry">
      {changes.length > 0 ? (
        <DataTable
          name={`What entry ${entry.sequence} changed`}
          rows={changes}
          rowKey={({ path }) => path}
          columns={[
            { key: 'path', head: 'Member', cell: ({ path }) => <span className="mono">{path}</span> },
            { key: 'before', head: 'Before', isText: true, cell: ({ before }) => <Value text={before} of="del" /> },
            { key: 'after', head: 'After', isText: true, cell: ({ after }) => <Value text={after} of="ins" /> },
          ]}
        />
      ) : (
        <p className="sub">Nothing of what was written down is different before and after.</p>
      )}
      <dl className="facts">
        <dt>Reason</dt>
        <dd>{entry.reason ?? <span className="mut">none given</span>}</dd>
        <dt>When</dt>
        <dd>{entry.recordedAt === null ? 'unreadable' : `${formatMoment(entry.recordedAt, 'UTC')}`}</dd>
        <dt>Request</dt>
        <dd>
          {entry.requestId === null ? (
            <span className="mut">not from a request</span>
          ) : (
            <CopyText text={entry.requestId} label="the request id" />
          )}
        </dd>
        <dt>Target</dt>
        <dd>
          <CopyText text={entry.targetId} label="the id of the target" />
        </dd>
        <dt>Hash</dt>
        <dd>
          <CopyText text={entry.hash} label="the hash" shown={`${entry.hash.slice(0, 24)}…`} />
        </dd>
        <dt>Previous</dt>
        <dd>
          <CopyText text={entry.previousHash} label="the previous hash" shown={`${entry.previousHash.slice(0, 24)}…`} />
        </dd>
      </dl>
    </div>
  )
}

function Value({ text, of: Mark }: { text: string | null; of: 'del' | 'ins' }) {
  return <span className="wrap">{text === null ? <span className="mut">nothing</span> : <Mark>{text}</Mark>}</span>
}
