import type { StatementState } from './statement-view.ts'

const DRAWN: Record<StatementState, { className: string; d: string; isDashed?: boolean; isFilled?: boolean }> = {
  open: { className: 'sec', d: 'M6 1.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.8Z', isDashed: true },
  closing: { className: 'warn', d: 'M6 1.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.8ZM6 3.4V6.2L7.9 7.3' },
  closed: { className: 'good', d: 'M2 6.5 4.8 9.2 10 3' },
  amended: { className: 'amend', d: 'M6 2.4a3.6 3.6 0 1 1 0 7.2 3.6 3.6 0 0 1 0-7.2Z', isFilled: true },
}

/** A statement's state: glyph, word and colour, never colour alone. */
export function StateMark({ state, note }: { state: StatementState; note?: string }) {
  const { className, d, isDashed, isFilled } = DRAWN[state]
  return (
    <span className={`mark ${className}`}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        <path
          d={d}
          fill={isFilled ? 'currentColor' : 'none'}
          stroke="currentColor"
          strokeWidth="1.4"
          strokeLinejoin="round"
          strokeDasharray={isDashed ? '2.3 1.7' : undefined}
        />
      </svg>
      {state}
      {note ? ` ${note}` : null}
    </span>
  )
}
