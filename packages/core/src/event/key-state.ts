/** What a key can do now. `rotating`: another was made in its place, and until it ends both work. */
export type KeyState = 'active' | 'rotating' | 'expired' | 'revoked'

/** The state of a key at a moment; all in milliseconds since 1970. Null: without an end, never revoked. */
export function keyState(key: {
  expiresAtMs: number | null
  revokedAtMs: number | null
  isReplaced: boolean
  nowMs: number
}): KeyState {
  if (key.revokedAtMs !== null) return 'revoked'
  if (key.expiresAtMs !== null && key.expiresAtMs <= key.nowMs) return 'expired'
  return key.isReplaced ? 'rotating' : 'active'
}
