// `npm run exact`: the explorers' views held to one another, to their files, to the interface and to the ledger, by a thousand random questions of each kind.
import { runStep } from './step.ts'

const { code, seconds } = await runStep({
  module: 'node_modules/vitest/vitest.mjs',
  args: ['run', 'apps/web/src/server/explore/explore-exact.test.ts'],
  env: { METERBOOK_EXACT_RUNS: process.env.METERBOOK_EXACT_RUNS ?? '1000' },
})
console.log(`exact: ${code === 0 ? 'every figure is the same everywhere' : 'figures differ'}, ${seconds} s`)
process.exit(code)
