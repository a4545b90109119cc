import { z } from 'zod'

/** Stored for ever: another form needs another name, and both must be understood from then on. */
const ACT_FORMAT = 'meterbook/act/1'
/** Targets of one journal row; a larger set is several rows under one correction. */
export const ACT_TARGETS_MAX = 2_000

export const ActName = z.enum(['cancel', 'amend', 'replay', 'reattribute', 'dismiss'])
export type ActName = z.infer<typeof ActName>

/** A place in the journal of one shard: which row, and which event or target of it. */
export interface JournalPlace {
  batch: bigint
  pos: number
}

const Place = z.object({
  batch: z
    .string()
    .regex(/^[1-9]\d{0,18}$/)
    .transform((text) => BigInt(text)),
  pos: z.int().min(0),
})

/**
 * What an operator does to events that stand in the journal: never a change of them, but another row after them, in the same order.
 * Who, why and when (the row's receipt) are part of it.
 *
 * cancel: no longer counted. amend: counted with other content. replay: what is held, cancelled or dismissed is tried again, with other
 * content if the target brings some. reattribute: tried again under the catalogue as it is now, without effect where nothing differs.
 * dismiss: held no longer, and never counted, for the reason given.
 */
export const Act = z.object({
  format: z.literal(ACT_FORMAT),
  act: ActName,
  correctionId: z.uuid(),
  actor: z.object({ id: z.string(), name: z.string() }),
  reason: z.string().min(1),
  /** `event`: the new content as one event's JSON text, of the same source and id. */
  targets: z
    .array(Place.extend({ event: z.string().optional() }))
    .min(1)
    .max(ACT_TARGETS_MAX),
})
export type Act = z.infer<typeof Act>

/** The journal's form of an act. */
export function writeActBody(act: Omit<Act, 'format'>): string {
  const targets = act.targets.map(({ batch, pos, event }) => ({
    batch: batch.toString(),
    pos,
    ...(event === undefined ? {} : { event }),
  }))
  return JSON.stringify({ format: ACT_FORMAT, ...act, targets })
}

/** Throws if the text is not what writeActBody wrote. */
export function readActBody(text: string): Act {
  return Act.parse(JSON.parse(text))
}
