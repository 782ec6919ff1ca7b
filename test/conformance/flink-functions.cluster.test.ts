import { describeFunctions } from '@millrace/testkit'
import { clusterRunner } from './flink-cluster.ts'

/** A run takes a share of the calls, MILLRACE_SEED says which; all with MILLRACE_LONG_TESTS=1. */
const EVERY = process.env.MILLRACE_LONG_TESTS === '1' ? 1 : 60
/** Calls of literals are planned, and have one row each: 40 of a form, which is what other runners take, make a run five times as long. */
const LITERAL_CALLS = 4

// Flink takes objects out of JSON with their members by name.
describeFunctions(clusterRunner('calls'), {
  concurrent: true,
  timeoutMs: 40 * 60_000,
  every: EVERY,
  literalCalls: LITERAL_CALLS,
  jsonByValue: true,
})
