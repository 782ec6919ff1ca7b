import type { StreamAsset } from '@millrace/core'
import { ingestStream, planHashes } from '../pipeline/scope-log.ts'
import { functionsFrom, viewJob, viewsOf } from '../pipeline/view-job.ts'
import type { ViewMessage, ViewRequest } from '../pipeline/view-message.ts'
import type { ViewWorkerData } from '../pipeline/view-worker.ts'
import { WorkerLink } from '../pipeline/worker-link.ts'
import type { LoadedProject } from '../project/load-project.ts'

const VIEW_HEAP_MIB = 1_536

export type ViewLink = WorkerLink<ViewRequest, ViewMessage>

export interface ViewsOptions {
  readonly loaded: LoadedProject
  readonly logDir: string
  /** Workers of each stream; more than it has partitions are not started. */
  readonly workers: number
  readonly onStream: (stream: StreamAsset, message: ViewMessage) => void
}

/** Streams that have views to compute. */
export function streamsWithViews({ project }: LoadedProject): readonly StreamAsset[] {
  return project.streams.filter((stream) => viewsOf(project, stream).length > 0)
}

/** Starts this process's workers for the views of all streams. */
export function startViews({ loaded, logDir, workers, onStream }: ViewsOptions): readonly ViewLink[] {
  const plans = planHashes(loaded.project)
  return streamsWithViews(loaded).flatMap((stream) => {
    const job = viewJob(loaded, stream)
    const count = Math.min(workers, ingestStream(stream, loaded.partitions).partitions)
    return Array.from({ length: count }, (_, worker): ViewLink => {
      const data: ViewWorkerData = { logDir, job, worker, plans, ...functionsFrom(job, loaded.directory) }
      return new WorkerLink({
        url: new URL('../pipeline/view-worker.ts', import.meta.url),
        name: `stream ${stream.name} ${worker}`,
        data,
        heapMax: VIEW_HEAP_MIB,
        onMessage: (message) => onStream(stream, message),
      })
    })
  })
}
