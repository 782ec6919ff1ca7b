import type { FunctionSource } from '../operator/ordered/map-operator.ts'
import { CommitClock, type Pace } from './commit-clock.ts'
import { JobWorker, type SourceEnds } from './job-worker.ts'
import { openJob } from './open-job.ts'
import type { RunLog } from './run-log.ts'
import type { RunProgress } from './run-progress.ts'
import type { RunMode } from './stage-runner.ts'
import type { StreamJob } from './stream-job.ts'
import { StreamRun } from './stream-run.ts'

/** Sleep at the end of the log. */
const IDLE_MS = 5

export interface RunRequest {
  readonly log: RunLog
  readonly job: StreamJob
  /** Partitions of the source that this worker owns; no other may run them. Together the workers own all. */
  readonly partitions: readonly number[]
  readonly pace: Pace
  readonly mode?: RunMode
  /** Where the functions of the views' maps come from; needed where there is a map. */
  readonly functionOf?: FunctionSource
  /** Leaves after the present commit. */
  readonly signal?: AbortSignal
  /** Ends of a bounded input once they are known: the run ends when they are reached, in all stages. */
  readonly until?: () => SourceEnds | undefined
  /** Called after every durable commit, for each partition that moved. */
  readonly onProgress?: (progress: RunProgress) => void
}

/**
 * Runs the views of a job over some partitions of its source, and over those partitions behind exchanges that fall to them, from
 * where their last commit left them, until the signal or the given ends. Everything a commit changes (positions, state pages,
 * output, late rows and what goes to other partitions) is one transaction of the log. Returns the run, everything committed, for
 * its closing.
 *
 * @throws StreamFault `stream/no-topic`, `stream/newer-state`, `stream/older-state`, `stream/other-plan`,
 *   `stream/partitions-differ`, `stream/exchange-too-wide`, and what the log throws
 */
export async function runPartitions(request: RunRequest): Promise<StreamRun> {
  const { log, job, partitions, mode = 'as_served', functionOf } = request
  const open = await openJob(log, job)
  const worker = new JobWorker({ log, job, open, owned: partitions, mode, functionOf, clock: () => performance.now() })
  const commit = new CommitClock(request, worker)
  const giveWay = async (): Promise<void> => {
    if (commit.isDue()) await commit.run()
  }
  while (request.signal?.aborted !== true) {
    if ((await worker.readOn(giveWay)) || worker.catchUp()) continue
    const ends = request.until?.()
    if (ends === undefined) await giveWay()
    else {
      await commit.run()
      if (worker.isReached(ends)) break
    }
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  }
  await commit.run()
  for (const task of worker.tasks) await task.trimExchanges()
  return new StreamRun(worker)
}
