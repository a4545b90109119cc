// `npm run check`: types, lint with the house's arrows, dead code, and the lock file. Every step runs, so that one look shows all.
import { runStep } from './step.ts'

const TSC = 'node_modules/typescript/bin/tsc'
const STEPS: { name: string; module: string; args: string[] }[] = [
  ...['packages/core', 'packages/db', 'packages/stack', 'workers', 'apps/web', '.'].map((folder) => ({
    name: `types ${folder}`,
    module: TSC,
    args: ['-p', `${folder}/tsconfig.json`],
  })),
  {
    name: 'lint and arrows',
    module: 'node_modules/@biomejs/biome/bin/biome',
    args: ['check', '--error-on-warnings', '.'],
  },
  { name: 'dead code', module: 'node_modules/knip/bin/knip.js', args: [] },
  { name: 'lock file', module: 'scripts/complete-lock.mjs', args: ['--check'] },
]

const results: { name: string; code: number; seconds: number }[] = []
for (const { name, module, args } of STEPS) results.push({ name, ...(await runStep({ module, args })) })
for (const { name, code, seconds } of results) console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${name}, ${seconds} s`)
process.exit(results.every(({ code }) => code === 0) ? 0 : 1)
