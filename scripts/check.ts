// `npm run check`: types, lint with the house's arrows, dead code, the lock file, and known vulnerabilities. Every step runs, so that one look shows all.
import { runStep } from './step.ts'

const TSC = 'node_modules/typescript/bin/tsc'
const STEPS: { name: string; module: string; args: string[] }[] = [
  ...['packages/client', 'packages/core', 'packages/db', 'packages/stack', 'workers', 'apps/web', '.'].map(
    (folder) => ({
      name: `types ${folder}`,
      module: TSC,
      args: ['-p', `${folder}/tsconfig.json`],
    }),
  ),
  {
    name: 'lint and arrows',
    module: 'node_modules/@biomejs/biome/bin/biome',
    args: ['check', '--error-on-warnings', '.'],
  },
  { name: 'dead code', module: 'node_modules/knip/bin/knip.js', args: [] },
  { name: 'lock file', module: 'scripts/complete-lock.mjs', args: ['--check'] },
  { name: 'dependency audit', module: 'scripts/audit.ts', args: [] },
]
/** The audit could not be had: no reason to fail where there is no network, and no reason to call it well. */
const UNKNOWN = 3
const WORDS: Record<number, string> = { 0: 'ok  ', [UNKNOWN]: '?   ' }

const results: { name: string; code: number; seconds: number }[] = []
for (const { name, module, args } of STEPS) results.push({ name, ...(await runStep({ module, args })) })
for (const { name, code, seconds } of results) console.log(`${WORDS[code] ?? 'FAIL'}  ${name}, ${seconds} s`)
process.exit(results.every(({ code }) => code === 0 || code === UNKNOWN) ? 0 : 1)
