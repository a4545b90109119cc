import type { RedisConnection } from './connection.ts'

/**
 * Tells the open pages of a space that usage of these apps has become visible, with everything received up to `through` (ISO 8601).
 * Pub/sub: who does not listen now misses it and reads again when it reconnects.
 */
export async function publishNews(
  redis: RedisConnection,
  input: { spaceId: string; appIds: string[]; through: string; sentAtMs: number },
): Promise<void> {
  const news = { apps: input.appIds, through: input.through, sentAt: input.sentAtMs }
  await redis.publish(`live:${input.spaceId}`, JSON.stringify(news))
}
