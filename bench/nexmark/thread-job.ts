import type { StreamJob } from '@millrace/engine-stream'

/** What a thread of the stream engine is given. */
export interface ThreadJob {
  /** Folder of the log. */
  readonly path: string
  readonly job: StreamJob
  /** Partitions that the thread owns. */
  readonly partitions: readonly number[]
  /** Ends of the input by topic. */
  readonly ends: Readonly<Record<string, readonly number[]>>
}
