/** An event as it is sent, under a number that only this process and its disk know. */
export interface KeptEvent {
  number: number
  id: string
  /** The CloudEvent as JSON, on one line. */
  text: string
}

/**
 * Where events outlive the process. Each method is called before the client goes on, so it must be quick; what it throws is told to the
 * app and costs durability, never the event.
 */
export interface Spill {
  /** What earlier processes left, oldest first, under numbers of this one. Called once. */
  takeOver(): number
  /** The next events that are on disk and were not read yet, at most about `bytesMax`. Empty: there are none. */
  read(bytesMax: number): KeptEvent[]
  /** How many are on disk and were not read yet. */
  unread(): number
  /** Written when it returns. `isRead`: the client holds it in memory too. False: there is no room. */
  append(event: KeptEvent, isRead: boolean): boolean
  /** These need not outlive anything any more. */
  settle(numbers: readonly number[]): void
  /** The number for the next event. */
  nextNumber(): number
  close(): void
}
