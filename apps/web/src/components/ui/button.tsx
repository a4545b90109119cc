import type { ComponentProps } from 'react'

const CLASSES = { plain: 'btn', line: 'btn line', main: 'btn main', danger: 'btn line danger' } as const

/** `main` once a form or page; `danger` for what cannot be taken back. While `isPending` it says so and does nothing. */
export function Button({
  kind = 'line',
  isPending = false,
  className = '',
  children,
  ...rest
}: ComponentProps<'button'> & { kind?: keyof typeof CLASSES; isPending?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      className={`${CLASSES[kind]} ${className}`.trim()}
      aria-busy={isPending || undefined}
      aria-disabled={isPending || undefined}
      onClick={isPending ? (event) => event.preventDefault() : rest.onClick}
    >
      {children}
      {isPending ? '…' : null}
    </button>
  )
}
