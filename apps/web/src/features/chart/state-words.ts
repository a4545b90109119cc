import type { BucketState } from '../usage/usage-view.ts'

const WORDS: Record<BucketState, string> = {
  final: 'final',
  settling: 'settling',
  open: 'in progress',
  ahead: 'not begun',
  unavailable: 'not counted yet',
}

/** The state of a window, as tooltips, tables and keys say it. */
export function stateWords(state: BucketState): string {
  return WORDS[state]
}
