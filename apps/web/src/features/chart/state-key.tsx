import { useId } from 'react'
import { type ChartWindow, HATCHED_WINDOWS_MAX } from './chart-model.ts'
import { Hatch } from './hatch.tsx'

/** What the forms of the marks mean; only those that are drawn. */
export function StateKey({ windows, form }: { windows: readonly ChartWindow[]; form: 'bars' | 'lines' }) {
  const id = useId()
  const states = new Set(windows.map(({ state }) => state))
  const isHatched = form === 'bars' && windows.length <= HATCHED_WINDOWS_MAX
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
              <Hatch id={id} />
            </defs>
            {isHatched ? (
              <>
                <rect width="10" height="10" fill="var(--text-3)" />
                <rect width="10" height="10" fill={`url(#${id})`} />
              </>
            ) : (
              <rect x=".5" y=".5" width="9" height="9" fill="var(--chart-band)" stroke="var(--line-strong)" />
            )}
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
