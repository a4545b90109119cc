'use client'
import { CopyText } from '../../components/ui/copy-text.tsx'
import { formatMoment } from '../../format.ts'
import type { AuditText } from './audit-view.ts'
import { changedMembers } from './changed-members.ts'

/** One act in full: what it was before and after, member by member, and its place in the chain. */
export function AuditEntryDetail({ entry }: { entry: AuditText }) {
  const changes = changedMembers(entry.before, entry.after)
  return (
    <div className="audit-entry">
      {changes.length > 0 ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        <section className="tbl tall" aria-label={`What entry ${entry.sequence} changed`} tabIndex={0}>
          <table>
            <caption className="vh">Before and after</caption>
            <thead>
              <tr>
                <th scope="col" className="l">
                  Member
                </th>
                <th scope="col" className="l">
                  Before
                </th>
                <th scope="col" className="l">
                  After
                </th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ path, before, after }) => (
                <tr key={path}>
                  <th scope="row" className="l mono">
                    {path}
                  </th>
                  <td className="l wrap">
                    {before === null ? <span className="mut">nothing</span> : <del>{before}</del>}
                  </td>
                  <td className="l wrap">
                    {after === null ? <span className="mut">nothing</span> : <ins>{after}</ins>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
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
