import { setTimeout as pause } from 'node:timers/promises'
import type { Findings } from './findings.ts'
import type { Generator, Packet, Receipt } from './generator.ts'

/** After a large packet too, the next comes soon. */
const SPARE_MS_MAX = 1_000
const ANSWER_MS_MAX = 20_000
/** An honest client waits as long as it is told; this one is in a hurry, because the run is short. */
const RETRY_MS = [50, 100, 200, 400]

export interface Sent {
  packets: number
  attempts: number
  events: number
  refused: number
  abandoned: number
  /** Answers by status; 0: no answer. */
  answers: Map<number, number>
}

/**
 * Sends one packet after the other until the signal, each again until it is acknowledged. `eventsPerSecond` is what it tries to hold
 * when everything is up. An answer that no honest server gives is a finding.
 */
export async function sendUntil(input: {
  url: string
  generator: Generator
  eventsPerSecond: number
  sent: Sent
  packets: Packet[]
  findings: Findings
  signal: AbortSignal
}): Promise<void> {
  const { generator, eventsPerSecond, sent, packets, signal } = input
  while (!signal.aborted) {
    const packet = generator.next()
    packets.push(packet)
    sent.packets++
    sent.events += packet.events.length
    const began = performance.now()
    await deliver(packet, input)
    const spareMs =
      Math.min(SPARE_MS_MAX, (packet.events.length / eventsPerSecond) * 1_000) - (performance.now() - began)
    if (spareMs > 0) await pause(spareMs, undefined, { signal }).catch(() => undefined)
  }
}

async function deliver(packet: Packet, input: { url: string; sent: Sent; findings: Findings }): Promise<void> {
  const { sent, findings } = input
  for (let attempt = 0; ; attempt++) {
    packet.attempts++
    sent.attempts++
    const answer = await post(packet, input.url)
    sent.answers.set(answer.status, (sent.answers.get(answer.status) ?? 0) + 1)
    if (isFinal(answer.status)) {
      settle({ packet, answer, sent, findings })
      return
    }
    if (packet.isAbandoned) {
      sent.abandoned++
      return
    }
    await pause(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)])
  }
}

/** 429 and every 5xx mean "later"; no answer means "perhaps". */
function isFinal(status: number): boolean {
  return status !== 0 && status !== 429 && status < 500
}

function settle(input: { packet: Packet; answer: Answer; sent: Sent; findings: Findings }): void {
  const { packet, answer, sent, findings } = input
  if (answer.status !== packet.expected) {
    findings.add(
      'an answer that is not what was expected',
      `packet ${packet.number}: expected ${packet.expected}, found ${answer.status} ${answer.text.slice(0, 300)}`,
    )
  }
  if (answer.status >= 400) {
    sent.refused += packet.events.length
    return
  }
  for (const event of packet.events) {
    if (event) event.isAcknowledged = true
    else sent.refused++
  }
  if (answer.status === 200) readReceipt({ packet, text: answer.text, findings })
}

function readReceipt(input: { packet: Packet; text: string; findings: Findings }): void {
  const { packet, text, findings } = input
  const receipt = JSON.parse(text) as Receipt
  packet.receipts.push(receipt)
  for (const [index, event] of packet.events.entries()) {
    const told = receipt.events[index]
    if ((event === null) === (told?.verdict === 'refused')) continue
    findings.add(
      'a receipt that refuses the wrong events',
      `packet ${packet.number} event ${index}: told ${told?.verdict}`,
    )
  }
}

interface Answer {
  status: number
  text: string
}

async function post(packet: Packet, url: string): Promise<Answer> {
  try {
    const answer = await fetch(`${url}/api/v1/events`, {
      method: 'POST',
      headers: packet.headers,
      body: new Uint8Array(packet.body),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    })
    return { status: answer.status, text: await answer.text() }
  } catch {
    return { status: 0, text: '' }
  }
}
