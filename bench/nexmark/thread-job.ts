import type { StreamJob } from '@millrace/engine-stream'

/** Partitions of each source's topic. */
export const PARTITIONS = 4

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
