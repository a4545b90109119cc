/** One of several doors to the same journal: how much of what all of them take comes through this one. */
export type Door = { takenHere: number; takenByAll: number; here: number; all: number }

/** How much of the past a look leaves standing: about two seconds of looks count. */
const KEPT = 0.88
/** A door that had nothing to do must be able to begin. */
const SHARE_MIN = 0.1

export function newDoor(): Door {
  return { takenHere: 0, takenByAll: 0, here: 0, all: 0 }
}

/** `here`, `all`: events taken since the beginning, through this door and through all of them. */
export function watchDoor(door: Door, { here, all }: { here: number; all: number }): Door {
  const isFirst = door.all === 0
  return {
    here,
    all,
    takenHere: door.takenHere * KEPT + Math.max(0, here - door.here),
    takenByAll: door.takenByAll * KEPT + (isFirst ? 0 : Math.max(0, all - door.all)),
  }
}

/** 0.1 to 1. Alone, or as long as nothing is taken anywhere, a door has it all. */
export function shareOf({ takenHere, takenByAll }: Door): number {
  return takenByAll < 1 ? 1 : Math.min(1, Math.max(SHARE_MIN, takenHere / takenByAll))
}
