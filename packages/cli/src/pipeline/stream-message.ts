import type { AssetCounters } from '../run/asset-counters.ts'

export type StreamRequest =
  /** Process up to these offsets, by topic and partition, then say `caught-up`. */
  | { readonly kind: 'finish'; readonly ends: Readonly<Record<string, readonly number[]>> }
  /** Fire what is open into the closing topics, without keeping it; say `closed`. */
  | { readonly kind: 'close'; readonly from: Readonly<Record<string, readonly number[]>> }
  /** Commit and go; say `left`. */
  | { readonly kind: 'leave' }

export type StreamMessage =
  | { readonly kind: 'caught-up' }
  | { readonly kind: 'closed'; readonly counters: Readonly<Record<string, AssetCounters>> }
  | { readonly kind: 'left' }
