import { describeTogether, GRAPH_KINDS } from '@millrace/testkit'
import { clusterRunner, PLAN_GAPS } from './flink-cluster.ts'

/** A plan takes the gateway about a second: few of them, unless MILLRACE_RUNS or MILLRACE_LONG_TESTS=1 says otherwise. */
const isLong = process.env.MILLRACE_LONG_TESTS === '1'
const seed = Number(process.env.MILLRACE_SEED ?? 1)
console.info(`MILLRACE_SEED=${seed}`)
const common = {
  runner: clusterRunner('random plans'),
  seed,
  workers: [2, 1],
  gaps: PLAN_GAPS,
  timeoutMs: 40 * 60_000,
  shrinkMs: 120_000,
} as const

describeTogether({ ...common, runs: isLong ? 300 : 5, features: { graph: GRAPH_KINDS } })
describeTogether({ ...common, runs: isLong ? 150 : 2, features: { all: true, cascade: true, exchange: true, join: true } })
