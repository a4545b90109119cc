import { setTimeout as pause } from 'node:timers/promises'
import { Dice } from './dice.ts'
import type { Killer, Victim } from './killer.ts'

/** What is done to the system, one after the other. */
export type Blow =
  | { do: 'kill'; victim: Victim }
  | { do: 'kill-at'; step: string }
  | { do: 'freeze-at'; step: string }
  | { do: 'flush' }
  /** Its command dies after so long. */
  | { do: 'rebuild'; killAfterMs: number }

export const DOOR_STEPS = ['body-read', 'commit-next', 'committed'] as const
/** As in workers/src/attribute/pipeline-steps.ts, which a test holds this list to. */
export const WORKER_STEPS = [
  'group-recorded',
  'identities-looked-up',
  'events-projected',
  'inserts-next',
  'index-inserted',
  'records-inserted',
  'group-written',
  'group-closed',
] as const
/** As in workers/src/settle/settlement-steps.ts, likewise. */
export const SETTLE_STEPS = ['settle-read', 'settle-posted', 'settle-progressed'] as const
const STEPS: readonly string[] = [...DOOR_STEPS, ...WORKER_STEPS, ...SETTLE_STEPS]
/** The door once in a round: it takes longest to come back, and while it is gone nothing is sent. */
const VICTIMS: readonly Victim[] = [
  'worker-1',
  'clickhouse',
  'postgres',
  'worker-2',
  'redis',
  'worker-1',
  'clickhouse',
  'web',
  'postgres',
  'worker-2',
]

const NAMED_SHARE = 0.4
const KILLS_PER_FREEZE = 12
const KILLS_PER_FLUSH = 10
const KILLS_PER_REBUILD = 100
/** It takes about a second to start, and another to drop and make the tables. */
const REBUILD_MS_MIN = 600
const REBUILD_MS_MAX = 3_000
const PAUSE_MS_MAX = 1_500
const TRIES_MAX = 40
const TRY_AGAIN_MS = 250

/** At least `kills` kills: every named step in turn, the rest at random; between them frozen workers and an emptied Redis. */
export function planBlows(input: { kills: number; seed: string }): Blow[] {
  const dice = new Dice(`${input.seed}/blows`)
  const named = Math.max(STEPS.length, Math.ceil(input.kills * NAMED_SHARE))
  const blows: Blow[] = []
  for (let index = 0; index < named; index++) blows.push({ do: 'kill-at', step: STEPS[index % STEPS.length] ?? '' })
  for (let index = 0; index < Math.max(VICTIMS.length, input.kills - named); index++)
    blows.push({ do: 'kill', victim: VICTIMS[index % VICTIMS.length] ?? 'web' })
  for (let index = 0; index < Math.ceil(input.kills / KILLS_PER_FREEZE); index++)
    blows.push({ do: 'freeze-at', step: WORKER_STEPS[index % WORKER_STEPS.length] ?? '' })
  for (let index = 0; index < Math.ceil(input.kills / KILLS_PER_FLUSH); index++) blows.push({ do: 'flush' })
  const shuffled = dice.shuffled(blows)
  // In the middle of it all, so that there is much to replay, and much is killed while it is replayed.
  for (let number = 1; number <= Math.ceil(input.kills / KILLS_PER_REBUILD); number++) {
    const killAfterMs = REBUILD_MS_MIN + dice.below(REBUILD_MS_MAX - REBUILD_MS_MIN)
    const at = Math.floor((shuffled.length * number) / (1 + Math.ceil(input.kills / KILLS_PER_REBUILD)))
    shuffled.splice(at, 0, { do: 'rebuild', killAfterMs })
  }
  return shuffled
}

/**
 * Deals the blows; one whose victim is still down is dealt once it is up again. If steps were missed, random kills make up for them, until
 * there were `killsMin`.
 */
export async function strike(input: {
  killer: Killer
  blows: readonly Blow[]
  killsMin: number
  seed: string
}): Promise<void> {
  const dice = new Dice(`${input.seed}/strikes`)
  const { killer, killsMin } = input
  const more = Array.from({ length: 2 * killsMin }, (): Blow => ({ do: 'kill', victim: dice.of(VICTIMS) }))
  for (const [index, blow] of [...input.blows, ...more].entries()) {
    if (index >= input.blows.length && killer.kills >= killsMin) return
    await pause(dice.below(PAUSE_MS_MAX))
    for (let tries = 1; !(await deal(killer, blow)) && tries < TRIES_MAX; tries++) await pause(TRY_AGAIN_MS)
  }
}

async function deal(killer: Killer, blow: Blow): Promise<boolean> {
  if (blow.do === 'kill') return killer.kill(blow.victim)
  if (blow.do === 'flush') await killer.flush()
  else if (blow.do === 'rebuild') await killer.rebuild(blow.killAfterMs)
  else if (blow.do === 'kill-at') await killer.killAt(blow.step)
  else await killer.freezeAt(blow.step)
  // A step that nobody came to within half a minute is counted as missed, not waited for again.
  return true
}
