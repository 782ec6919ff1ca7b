import type { AssetCounters } from '../run/asset-counters.ts'

export type ViewRequest =
  /** Commit as soon as the end of the log is reached; or go on as usual. */
  | { readonly kind: 'hurry'; readonly on: boolean }
  /** Commit, give all partitions back and go; say `left`. */
  | { readonly kind: 'leave' }

export type ViewMessage =
  | {
      readonly kind: 'moved'
      readonly partition: number
      readonly watermark: number
      readonly counters: Readonly<Record<string, AssetCounters>>
      /** Milliseconds that each view's operators have worked. */
      readonly times: Readonly<Record<string, number>>
    }
  /** Longest time from ingest into the views' state since the last such message. */
  | { readonly kind: 'applied'; readonly lagMs: number }
  | { readonly kind: 'left' }
