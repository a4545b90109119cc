import { formatClock, formatReason } from '../../format.ts'
import type { FirstEventView, WatchedKey } from './first-event-view.ts'

/** What the page says while it waits. `waiting`: nothing came; `wrong`: something did, and this is why it does not count. */
type Diagnosis = { tone: 'waiting' | 'wrong' | 'good'; title: string; text: string }

const BEHIND_MS = 10_000

/** What is known of why no event counts yet, the most telling first. A request with a wrong key is nobody's: only its own answer tells of it. */
export function diagnose(view: FirstEventView, zone: string): Diagnosis[] {
  if (view.counted > 0) return [{ tone: 'good', title: 'Your first event is counted', text: 'It is on the chart.' }]
  const found = [...held(view), ...keysThatCannot(view.keys ?? [])]
  if (view.lagMs > BEHIND_MS)
    found.push({
      tone: 'waiting',
      title: 'Counting is behind',
      text: 'What was received waits to be counted. Nothing is lost; it shows by itself.',
    })
  if (found.some(({ tone }) => tone === 'wrong')) return found
  return [...found, waiting(view.keys, zone)]
}

function held({ outcomes }: FirstEventView): Diagnosis[] {
  return outcomes
    .filter(({ verdict }) => verdict === 'quarantined' || verdict === 'conflict')
    .map(({ verdict, reason, events, cure }) => ({
      tone: 'wrong',
      title: `${events === 1 ? 'An event came and is' : `${events} events came and are`} held: ${formatReason(reason || verdict).toLowerCase()}`,
      text: cure ?? 'The quarantine says what would cure it.',
    }))
}

function keysThatCannot(keys: readonly WatchedKey[]): Diagnosis[] {
  const usable = keys.filter(canSend)
  if (keys.length === 0 || usable.length > 0) return []
  return keys.slice(0, 1).map(({ shown, state, purpose }) => ({
    tone: 'wrong',
    title: `The key ${shown} cannot send usage`,
    text:
      state !== 'active'
        ? `It is ${state}: requests with it are answered 401. Make another one.`
        : `It is made to ${purpose === 'test' ? 'send test events only' : 'read'}: sending with it is answered 403. Make one that sends.`,
  }))
}

function canSend({ state, purpose }: WatchedKey): boolean {
  return state === 'active' && purpose !== 'read' && purpose !== 'test'
}

function waiting(keys: readonly WatchedKey[] | null, zone: string): Diagnosis {
  const used = (keys ?? []).filter(({ lastUsedAt }) => lastUsedAt !== null)
  const [newest] = used.toSorted((a, b) => Date.parse(b.lastUsedAt ?? '') - Date.parse(a.lastUsedAt ?? ''))
  if (newest === undefined)
    return {
      tone: 'waiting',
      title: 'Waiting for your event',
      text: 'No request has come with a key of this space yet. If your program was answered 401, what it sends as its key is not one of them.',
    }
  const limits = [...newest.eventTypes, ...newest.environments]
  const limited = limits.length === 0 ? '' : ` This key takes only ${limits.join(', ')}: anything else is answered 403.`
  return {
    tone: 'wrong',
    title: `A request came at ${formatClock(newest.lastUsedAt ?? '', zone)}, and no event of it was taken`,
    text: `The key ${newest.shown} is right. The answer to the request names the field that was refused, and why.${limited}`,
  }
}
