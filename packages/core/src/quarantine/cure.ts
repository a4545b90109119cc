import type { ActName } from '../event/index.ts'
import type { QuarantineReason, Verdict } from '../projection/index.ts'

/** What to do about an event that does not count. */
export interface Cure {
  /** The next step, in words. */
  text: string
  /** The acts that make sense then, the most usual one first. `amend` is of the first event, with this one's content. */
  acts: ActName[]
}

const REPLAY = 'then replay'
const EDIT = 'Edit a copy of it (same source and id) and replay that'

/** By reason. A reason that is not here does not compile. */
const CURES: Record<QuarantineReason, Cure> = {
  unattributed: {
    text: `No developer space owned the app when it happened. Give the app an owner from that time on, back-dated if need be, ${REPLAY}.`,
    acts: ['replay', 'dismiss'],
  },
  not_entitled: {
    text: `The app had no right to the capability when it happened. Entitle the app under its space's subscription from that time on, ${REPLAY}.`,
    acts: ['replay', 'dismiss'],
  },
  unknown_type: {
    text: `No meter measured this type when it happened. Define a meter version for it from that time on, ${REPLAY}. If the type is misspelt: ${lower(EDIT)}.`,
    acts: ['replay', 'dismiss'],
  },
  value_missing: {
    text: `The value that the meter reads is not there. ${EDIT}; or, if it is always sent like this, give the meter a version that knows what stands in for it, ${REPLAY}.`,
    acts: ['replay', 'dismiss'],
  },
  value_null: {
    text: `The value that the meter reads is null. ${EDIT}; or, if null means something, give the meter a version that says what, ${REPLAY}.`,
    acts: ['replay', 'dismiss'],
  },
  value_not_a_number: {
    text: `The value that the meter reads is no number. ${EDIT}.`,
    acts: ['replay', 'dismiss'],
  },
  value_out_of_range: {
    text: `The value has more digits than a quantity can hold, so it would have to be rounded. ${EDIT}.`,
    acts: ['replay', 'dismiss'],
  },
  subject_missing: {
    text: `The meter measures each subject by itself, and the event names none. ${EDIT}, with its subject.`,
    acts: ['replay', 'dismiss'],
  },
  data_invalid: {
    text: `Its data does not fit the schema of the meter. ${EDIT}; or, if it is right as it is, give the meter a version whose schema allows it, ${REPLAY}.`,
    acts: ['replay', 'dismiss'],
  },
  time_too_old: {
    text: `Its time is before any usage: a broken clock. ${EDIT}, with the time when it happened.`,
    acts: ['replay', 'dismiss'],
  },
  time_in_future: {
    text: `Its time is too far ahead of its receipt: a clock that is wrong, which waiting does not cure. ${EDIT}, with the time when it happened.`,
    acts: ['replay', 'dismiss'],
  },
}

/** Every reason for which an event may be held. */
export const QUARANTINE_REASONS = Object.keys(CURES) as QuarantineReason[]

/** What would cure an event; null for one that needs no cure. */
export function cureOf(event: { verdict: Verdict; reason: string }): Cure | null {
  switch (event.verdict) {
    case 'quarantined':
      return Object.hasOwn(CURES, event.reason) ? CURES[event.reason as QuarantineReason] : null
    case 'conflict':
      return {
        text: 'Another event of the same source and id came first, with other content, and stands. If the first is right: dismiss this one. If this one is right: take it instead, which amends the first with its content.',
        acts: ['dismiss', 'amend'],
      }
    case 'cancelled':
    case 'dismissed':
      return { text: `It does not count because somebody decided so. If that was wrong: replay it.`, acts: ['replay'] }
    default:
      return null
  }
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
