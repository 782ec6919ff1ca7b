import type { WindowCounters } from '../operator/window-counters.ts'

/** How far a partition's views have durably come, stages behind an exchange included that are run with it. */
export interface RunProgress {
  readonly partition: number
  /** Next offset of the source's topic. */
  readonly next: number
  /** The source's watermark, epoch ms. */
  readonly watermark: number
  /** Figures of each view in this partition, since its beginning. */
  readonly counters: Readonly<Record<string, Readonly<WindowCounters>>>
  /** Milliseconds that each view's operators have worked in this partition since the run began; what views share counts for each. */
  readonly times: Readonly<Record<string, number>>
}
