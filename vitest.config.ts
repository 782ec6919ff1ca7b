import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { leftToOtherDays } from './scripts/ci/tests-in-turn.ts'

const CLUSTER_TESTS = '{packages/*/{src,test},test,scripts}/**/*.cluster.test.ts'
/** Packages that keep nothing between tests, neither on disk nor in the process. */
const PURE_TESTS = 'packages/{columnar,connect,core,engine-duckdb,engine-stream,ml,reference,testkit}/src/**/*.test.ts'
/** The checks take the longest tests in turn; all with MILLRACE_LONG_TESTS=1. */
const LEFT = process.env.MILLRACE_TESTS_IN_TURN === '1' && process.env.MILLRACE_LONG_TESTS !== '1' ? leftToOtherDays(Date.now()) : []
if (LEFT.length > 0) console.log(`left to other days: ${LEFT.join(', ')}`)
const MODULES = '**/node_modules/**'
const NEVER = [MODULES, 'build/**', 'test/packed.test.ts', '**/*.cluster.test.ts']
const LIMITS = { testTimeout: 90_000, hookTimeout: 120_000 }
/** Tests wait for processes of their own much of the time, so even two cores have work for two of them. */
const WORKERS_MIN = 2

/** Tests against Kafka and Flink: `npm run test:cluster` starts these and says where they are. */
const cluster = {
  test: {
    name: 'cluster',
    include: [CLUSTER_TESTS],
    exclude: [MODULES, ...LEFT],
    sequence: { groupOrder: 0 },
    fileParallelism: false,
    // Tests that run elsewhere wait together, so that many of them are one job.
    maxConcurrency: 1000,
    // Servers that start beside a test take several times as long on a machine that is busy.
    testTimeout: 400_000,
    hookTimeout: 400_000,
  },
}

/**
 * `unit` is everything beside the code and in test/, of which `pure` is what can share a process: a process for each file takes longer than most of
 * these files. `packed` installs the built packages and takes minutes.
 */
export default defineConfig({
  test: {
    maxWorkers: Math.max(WORKERS_MIN, availableParallelism() - 1),
    projects: [
      { test: { name: 'pure', include: [PURE_TESTS], exclude: NEVER, isolate: false, sequence: { groupOrder: 0 }, ...LIMITS } },
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/*/test/**/*.test.ts',
            'scripts/**/*.test.ts',
            'examples/**/*.test.ts',
            'test/**/*.test.ts',
          ],
          exclude: [...NEVER, ...LEFT, PURE_TESTS],
          sequence: { groupOrder: 0 },
          ...LIMITS,
        },
      },
      {
        test: {
          name: 'packed',
          include: ['test/packed.test.ts'],
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      ...(process.env.MILLRACE_KAFKA === undefined ? [] : [cluster]),
    ],
  },
})
