/** What scoring counted, since it began. */
export interface ScoreCounters {
  rowsByModel: number
  rowsByFallback: number
  /** Rows decided true. */
  decidedTrue: number
  /** Runs of the model that failed: their rows went to the fallback rule. */
  failures: number
  /** Scores that were not finite: null, and the fallback rule decided. */
  nonFinite: number
  /** Time in the model and in laying out its input, ms. */
  scoringMs: number
}

export function newScoreCounters(): ScoreCounters {
  return { rowsByModel: 0, rowsByFallback: 0, decidedTrue: 0, failures: 0, nonFinite: 0, scoringMs: 0 }
}
