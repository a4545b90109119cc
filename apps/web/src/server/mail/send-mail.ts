// Mail: letters to people, by SMTP where there is a server for it, and otherwise into a folder of files.
// Promises: a letter is whole or not there; no text of a letter, and no token in it, is ever logged.
// Does not know: why anybody writes, what a token opens.
import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { createTransport } from 'nodemailer'
import { getMailSettings, type MailSettings } from '../env.ts'

export interface Letter {
  to: string
  subject: string
  /** Plain text. */
  text: string
}

const CONNECT_MS = 10_000
const SEND_MS = 30_000

/** Sends a letter, or writes it to `<home>/outbox/<time>-<id>.eml`, mode 0600. Rejects where it could do neither; the error names no letter. */
export async function sendMail(letter: Letter): Promise<void> {
  const settings = getMailSettings()
  if (settings.smtpUrl === null) return writeToOutbox(letter, settings)
  const transport = createTransport(settings.smtpUrl, {
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SEND_MS,
  } as Parameters<typeof createTransport>[1])
  try {
    await transport.sendMail(messageOf(letter, settings))
  } finally {
    transport.close()
  }
}

async function writeToOutbox(letter: Letter, settings: MailSettings): Promise<void> {
  if (settings.outbox === null)
    throw new Error('expected METERBOOK_SMTP_URL or METERBOOK_HOME: without either no letter can be sent')
  const { message } = await createTransport({ streamTransport: true, buffer: true }).sendMail(
    messageOf(letter, settings),
  )
  await mkdir(settings.outbox, { recursive: true, mode: 0o700 })
  const name = `${new Date().toISOString().replaceAll(':', '')}-${randomUUID()}.eml`
  const unfinished = path.join(settings.outbox, `.${name}.part`)
  try {
    const file = await open(unfinished, 'wx', 0o600)
    try {
      await file.writeFile(message as Buffer)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(unfinished, path.join(settings.outbox, name))
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

function messageOf({ to, subject, text }: Letter, { from }: MailSettings) {
  return { from, to: { name: '', address: to }, subject, text, ...SAFE }
}

/** Nothing of a letter is ever read from a file or fetched. */
const SAFE = { disableFileAccess: true, disableUrlAccess: true }
