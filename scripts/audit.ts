// The dependency audit of `npm run check`: what the registry knows against the packages that are shipped.
// Exit code 0: nothing grave; 1: something; 3: the registry did not say, as on a machine without a network. Only its audit endpoint is asked.
import { execFile } from 'node:child_process'
import { readAuditAnswer } from './audit-answer.ts'

const WAIT_MS = 30_000
const OUTPUT_BYTES_MAX = 32 * 1024 * 1024
const EXIT = { well: 0, vulnerable: 1, unknown: 3 } as const

const ARGS = ['audit', '--omit=dev', '--json', '--fetch-retries=0', `--fetch-timeout=${WAIT_MS / 2}`]
const printed = await new Promise<string>((resolve) => {
  const options = { timeout: WAIT_MS, maxBuffer: OUTPUT_BYTES_MAX, cwd: new URL('..', import.meta.url) }
  execFile('npm', ARGS, options, (_error, stdout) => resolve(stdout))
})
const answer = readAuditAnswer(printed)
console.log(`dependency audit: ${answer.words}`)
process.exit(EXIT[answer.verdict])
