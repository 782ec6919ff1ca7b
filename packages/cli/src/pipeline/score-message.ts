export type ScoreRequest =
  /** Score what waits until nothing does, then say `finished`. */
  | { readonly kind: 'finish' }
  /** Score the views' closings, which lie from these offsets on by topic, into the models' closing topics; say `closed`. */
  | { readonly kind: 'close'; readonly from: Readonly<Record<string, readonly number[]>> }
  /** Commit and go; say `left`. */
  | { readonly kind: 'leave' }

export type ScoreMessage =
  | { readonly kind: 'scored'; readonly figures: ScoreFigures }
  /** Another version of a model decides from now on; null: none, so the fallback rule does. */
  | { readonly kind: 'switched'; readonly model: string; readonly version: number | null; readonly threshold: number | null }
  /** Scoring or opening a version failed; at most one such message per model and second. */
  | { readonly kind: 'trouble'; readonly model: string; readonly code: string; readonly message: string }
  | { readonly kind: 'finished' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'left' }

/** What a model's scoring counted since the worker began; everything counted is durable. */
export interface ScoreFigures {
  readonly model: string
  readonly rowsByModel: number
  readonly rowsByFallback: number
  readonly decidedTrue: number
  /** Runs of the model that failed. */
  readonly failures: number
  readonly nonFinite: number
  /** Time of scoring of each batch since the last message, ms; of the latest batches when there were many. */
  readonly batchMs: readonly number[]
  /** Threads on which the worker's models compute. */
  readonly threads: number
}
