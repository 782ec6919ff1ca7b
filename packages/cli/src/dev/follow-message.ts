import type { InputTotals } from '@millrace/connect'

/** What the follower of one stream tells. */
export type FollowMessage =
  /** Durable. `ingestedAt` is the wall clock of the latest records, epoch ms. */
  | { readonly kind: 'ingested'; readonly totals: InputTotals; readonly watermark: number; readonly ingestedAt: number }
  | { readonly kind: 'file'; readonly event: 'discovered' | 'resumed' | 'ended'; readonly path: string; readonly split: string }
  | { readonly kind: 'problem'; readonly path: string; readonly code: string; readonly message: string; readonly todo: string | undefined }
  /** No file matches so far. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'left' }
