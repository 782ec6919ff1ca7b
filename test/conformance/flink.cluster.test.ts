import { describeConformance } from '@millrace/testkit'
import { clusterRunner, GAPS } from './flink-cluster.ts'

/** A scenario takes the gateway most of a second to plan: a run takes a share of them, MILLRACE_SEED says which; all with MILLRACE_LONG_TESTS=1. */
const EVERY = process.env.MILLRACE_LONG_TESTS === '1' ? 1 : 16
const seed = Number(process.env.MILLRACE_SEED ?? 1)
console.info(`MILLRACE_SEED=${seed}`)

describeConformance(clusterRunner('scenarios'), GAPS, { concurrent: true, timeoutMs: 40 * 60_000, sample: { every: EVERY, seed } })
