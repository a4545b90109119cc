import type { Findings } from './findings.ts'
import type { Packet } from './generator.ts'
import type { TruthEvent } from './truth.ts'

/** Whatever a receipt said of an event is what became of it; and nothing stands in the journal more often than it was sent. */
export function checkReceipts(input: {
  packets: readonly Packet[]
  truth: readonly TruthEvent[]
  findings: Findings
}): void {
  const { packets, truth, findings } = input
  const byPlace = new Map(truth.map((event) => [`${event.shard}:${event.batch}:${event.pos}`, event]))
  const triesOf = new Map<string, number>()
  for (const packet of packets) {
    for (const event of packet.events)
      if (event) triesOf.set(event.mark, (triesOf.get(event.mark) ?? 0) + packet.attempts)
    for (const receipt of packet.receipts) {
      for (const told of receipt.events) {
        const row = told.journal === undefined ? undefined : receipt.journal[told.journal]
        if (!row) continue
        const place = `${row.shard}:${row.number}:${told.position}`
        const event = byPlace.get(place)
        if (event === undefined || event.sent !== packet.events[told.index])
          findings.add('a receipt for another event', place)
        else if (told.verdict !== 'taken' && told.verdict !== event.firstVerdict)
          findings.add(
            'a receipt that does not come true',
            `${place}: told ${told.verdict}, became ${event.firstVerdict}`,
          )
      }
    }
  }
  for (const [mark, events] of Map.groupBy(truth, ({ sent }) => sent.mark)) {
    const tries = triesOf.get(mark) ?? 0
    if (events.length > tries)
      findings.add('taken more often than sent', `${mark}: sent ${tries} times, taken ${events.length}`)
  }
}
