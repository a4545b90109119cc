/** An app that usually speaks at this time and does not. */
export type SilenceView = {
  /** slug */
  app: string
  name: string
  since: string
  forMs: number
  /** events that would have come meanwhile, at the least */
  missing: number
  usualPerMinute: number
}
