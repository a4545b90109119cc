import { useId } from 'react'
import type { BucketState } from '../usage/usage-view.ts'

/** What the forms of the marks mean; only those that are drawn. */
export function StateKey({ states, form }: { states: ReadonlySet<BucketState>; form: 'bars' | 'lines' }) {
  const id = useId()
  return (
    <div className="key">
      {states.has('final') ? (
        <span>
          <svg width="10" height="10" aria-hidden="true">
            {form === 'bars' ? (
              <rect width="10" height="10" fill="var(--text-3)" />
            ) : (
              <path d="M0 5H10" stroke="var(--text-3)" strokeWidth="1.6" />
            )}
          </svg>
          final
        </span>
      ) : null}
      {states.has('settling') ? (
        <span>
          <svg width="10" height="10" aria-hidden="true">
            <defs>
              <pattern id={id} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <line x1="0" y1="0" x2="0" y2="4" stroke="var(--chart-hatch)" strokeWidth="1.5" />
              </pattern>
            </defs>
            <rect
              width="10"
              height="10"
              fill={form === 'bars' ? 'var(--text-3)' : 'var(--chart-band)'}
              stroke={form === 'bars' ? undefined : 'var(--line-strong)'}
            />
            {form === 'bars' ? <rect width="10" height="10" fill={`url(#${id})`} /> : null}
          </svg>
          settling: late events count for 48 h
        </span>
      ) : null}
      {states.has('open') ? (
        <span>
          <svg width="12" height="10" aria-hidden="true">
            {form === 'bars' ? (
              <rect x=".5" y=".5" width="9" height="9" fill="none" stroke="var(--text-3)" strokeDasharray="2 1.6" />
            ) : (
              <path
                d="M0 5H12"
                stroke="var(--text-3)"
                strokeWidth="1.6"
                strokeDasharray="2.5 3.5"
                strokeLinecap="round"
              />
            )}
          </svg>
          in progress
        </span>
      ) : null}
      {states.has('unavailable') ? (
        <span>
          <svg width="10" height="10" aria-hidden="true">
            <rect width="10" height="10" fill="var(--bg-selected)" />
          </svg>
          not counted yet
        </span>
      ) : null}
    </div>
  )
}
