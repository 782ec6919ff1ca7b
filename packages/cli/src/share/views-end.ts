import { setTimeout as sleep } from 'node:timers/promises'
import { streamsOf } from '@millrace/core'
import { isJobThrough } from '@millrace/engine-stream'
import type { EmbeddedLog } from '@millrace/log-lmdb'
import { topicEnds } from '../pipeline/topic-partitions.ts'
import { viewJob, viewsOf } from '../pipeline/view-job.ts'
import type { LoadedProject } from '../project/load-project.ts'
import { streamsWithViews } from './start-views.ts'

const LOOK_MS = 20

/** Waits until all views have committed what their streams hold now, whichever processes compute them, or until the signal. */
export async function viewsCameToEnd(log: EmbeddedLog, loaded: LoadedProject, signal: AbortSignal): Promise<void> {
  const { project } = loaded
  for (const stream of streamsWithViews(loaded)) {
    const job = viewJob(loaded, stream)
    const read = viewsOf(project, stream).flatMap(streamsOf)
    const ends = topicEnds(
      log,
      read.map(({ name }) => name),
    )
    while (!signal.aborted && !(await isJobThrough({ log, job, ends }))) await sleep(LOOK_MS)
  }
}
