const PATHS = {
  updown: { size: [10, 12], d: 'M2 4.5 5 1.5 8 4.5M2 7.5 5 10.5 8 7.5', width: 1.3 },
  down: { size: [8, 8], d: 'M1 2.5 4 5.5 7 2.5', width: 1.3 },
  left: { size: [8, 10], d: 'M6 1 2 5 6 9', width: 1.4 },
  right: { size: [8, 10], d: 'M2 1 6 5 2 9', width: 1.4 },
  close: { size: [9, 9], d: 'M1 1 8 8M8 1 1 8', width: 1.3 },
  check: { size: [12, 12], d: 'M2 6.5 4.8 9.2 10 3', width: 1.7 },
  warn: { size: [12, 12], d: 'M6 1.6 11 10.4H1ZM6 4.8V7.4M6 8.4V9.4', width: 1.3 },
} as const

/** A line drawing beside a word; the word carries the meaning, so it is hidden from screen readers. */
export function Glyph({ name }: { name: keyof typeof PATHS }) {
  const { size, d, width } = PATHS[name]
  return (
    <svg width={size[0]} height={size[1]} viewBox={`0 0 ${size[0]} ${size[1]}`} aria-hidden="true">
      <path d={d} fill="none" stroke="currentColor" strokeWidth={width} strokeLinejoin="round" />
    </svg>
  )
}

/** Freshness: a ring with a dot while data keep up, an empty broken ring while they lag. */
export function PulseGlyph({ isLate }: { isLate: boolean }) {
  return (
    <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      <circle
        cx="5"
        cy="5"
        r="4.25"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.2"
        strokeDasharray={isLate ? '3 2' : undefined}
      />
      {isLate ? (
        <path d="M5 2.6V5.4L6.8 6.4" fill="none" stroke="currentColor" strokeWidth="1.1" />
      ) : (
        <circle cx="5" cy="5" r="2" fill="currentColor" />
      )}
    </svg>
  )
}

export function BrandMark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <rect x="1" y="1" width="18" height="18" rx="3" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M5.5 14.5V11M10 14.5V5.5M14.5 14.5V8.5" stroke="currentColor" strokeWidth="2" />
    </svg>
  )
}
