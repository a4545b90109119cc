import { execFile } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { snippetsOf } from '../../features/keys/snippets.ts'
import { createIngestRig, type IngestRig } from '../ingest/testing/ingest-rig.ts'

let rig: IngestRig
beforeAll(async () => {
  rig = await createIngestRig()
})
afterAll(() => rig?.close())

/** A program as somebody pastes it, with the key in its environment. */
function run(program: string, args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, NODE_ENV: 'test' as const, METERBOOK_KEY: rig.app.key }
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    )
  })
}

const ODD = { note: `it's "odd" $HOME \`id\` \\ é`, nested: { n: 1.5 } }
const VALUES = [
  { type: 'request', needsSubject: false, data: {} },
  { type: 'prompt', needsSubject: false, data: { tokens: 1, model: 'example' } },
  { type: 'sql.level', needsSubject: true, data: { bytes: 1 } },
  { type: `o'dd "type" $(id)`, needsSubject: true, data: ODD },
]

describe.each(VALUES)('the snippets for $type', ({ type, needsSubject, data }) => {
  const snippets = () =>
    snippetsOf({
      origin: `http://127.0.0.1:${rig.port}`,
      app: rig.app.slug,
      type,
      needsSubject,
      data: JSON.stringify(data, null, 2),
    })
  const sent = async () => (await rig.newEntries()).flatMap(({ events }) => events)
  const expected = { type, source: '/shop', subject: needsSubject ? 'example-1' : null, data }

  test('in curl sends the event that it shows, pasted into a shell as it stands', async () => {
    await rig.newEntries()
    const { stdout, stderr } = await run('sh', ['-c', snippets().curl])
    expect(JSON.parse(stdout), stderr).toMatchObject({ taken: 1, refused: 0, events: [{ verdict: 'taken' }] })
    expect(await sent()).toMatchObject([expected])
  })

  test('in TypeScript does too', async () => {
    await rig.newEntries()
    const { stdout, stderr } = await run(process.execPath, [
      '--input-type=module-typescript',
      '-e',
      snippets().TypeScript,
    ])
    expect(stdout, stderr).toMatch(/^200 \{/)
    expect(await sent()).toMatchObject([expected])
  })

  test('in Python and Go name the same origin and the same event', () => {
    const { Python, Go } = snippets()
    for (const snippet of [Python, Go]) {
      expect(snippet).toContain(`http://127.0.0.1:${rig.port}/api/v1/events`)
      expect(snippet).toContain(JSON.stringify(type))
      expect(snippet).toContain(JSON.stringify(JSON.stringify(data)))
      expect(snippet).not.toContain(rig.app.key)
    }
  })
})
