import { defineConfig } from 'vitest/config'

const exclude = ['**/node_modules/**', '**/.next/**']

// Two kinds of tests: those of values, which need nothing, and those of stores and processes, which share one set of real servers.
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'values',
          include: ['packages/{client,core}/**/*.test.ts', 'apps/web/src/features/**/*.test.ts'],
          exclude,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'stores',
          include: [
            'packages/{db,stack}/**/*.test.ts',
            'workers/**/*.test.ts',
            'apps/**/*.test.ts',
            'e2e/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: [...exclude, 'apps/web/src/features/**'],
          globalSetup: ['packages/stack/src/vitest.global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
