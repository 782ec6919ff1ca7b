import { MillraceError, type PlanResult, type PlanRunner } from '@millrace/core'
import { printPlan } from '../print/plan-printer.ts'
import { PARTITIONS } from './kafka-exchange.ts'
import { type BoundedCase, type Cluster, runCases } from './run-cases.ts'

export interface BatchingOptions {
  /** Cases of one job, at most. */
  readonly casesMax?: number
  /** How long to wait for further cases, ms. */
  readonly idleMs?: number
  /** Settings of the jobs beside ours. */
  readonly settings?: Readonly<Record<string, string>>
  /** Called with each job that has finished. */
  readonly onJob?: (job: { readonly jobId: string; readonly cases: number; readonly seconds: number; readonly parallelism: number }) => void
}

/** Jobs of so many cases keep planning and the number of tasks small enough. */
const CASES_MAX = 40
const IDLE_MS = 20

interface Waiting extends BoundedCase {
  readonly parallelism: number
  readonly resolve: (result: PlanResult) => void
  readonly reject: (error: unknown) => void
}

/**
 * Runs plans on a cluster, those that are asked for at about the same time in one job: one job after another. A run with one worker has
 * parallelism 1, others that of the topics. A job that fails is divided, so that the other cases of it have their answers.
 */
export function flinkRunner(cluster: Cluster, options: BatchingOptions = {}): PlanRunner {
  const { casesMax = CASES_MAX, idleMs = IDLE_MS } = options
  const waiting: Waiting[] = []
  let running = false
  const drain = async (): Promise<void> => {
    running = true
    await new Promise((resolve) => setTimeout(resolve, idleMs))
    while (waiting.length > 0) {
      const { parallelism } = waiting[0]
      const batch = waiting.filter((one) => one.parallelism === parallelism).slice(0, casesMax)
      for (const one of batch) waiting.splice(waiting.indexOf(one), 1)
      await runBatch(cluster, batch, options)
    }
    running = false
  }
  return {
    engine: 'flink',
    run: (plan, rows, { mode, workers }) => {
      // What cannot be printed is refused before it can spoil a job.
      printPlan(plan, { mode, sources: () => '' })
      return new Promise((resolve, reject) => {
        waiting.push({ plan, rows, options: { mode }, parallelism: (workers ?? PARTITIONS) > 1 ? PARTITIONS : 1, resolve, reject })
        if (!running) void drain()
      })
    },
  }
}

async function runBatch(cluster: Cluster, batch: readonly Waiting[], options: BatchingOptions): Promise<void> {
  const { parallelism } = batch[0]
  const started = performance.now()
  try {
    const { jobId, results } = await runCases(cluster, batch, { parallelism, settings: options.settings })
    for (const [i, { resolve }] of batch.entries()) resolve(results[i])
    options.onJob?.({ jobId, cases: batch.length, seconds: (performance.now() - started) / 1000, parallelism })
  } catch (error) {
    if (batch.length === 1 || isOfCluster(error)) for (const { reject } of batch) reject(error)
    else {
      const middle = batch.length >> 1
      await runBatch(cluster, batch.slice(0, middle), options)
      await runBatch(cluster, batch.slice(middle), options)
    }
  }
}

/** Whether an error would meet every job. */
function isOfCluster(error: unknown): boolean {
  return error instanceof MillraceError && ['engine/no-server', 'engine/other-version', 'engine/no-slots'].includes(error.code)
}
