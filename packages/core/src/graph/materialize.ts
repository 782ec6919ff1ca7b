import { userError } from '../error/index.ts'
import { type Duration, durationMs } from '../type/duration.ts'

/** How `dev` and `up` compute a view: by DuckDB over the lake every so often, in place of the stream engine row by row. */
export interface MicroBatch {
  readonly kind: 'micro-batch'
  readonly everyMs: number
}

const EVERY_MS_MIN = 1_000

/** Computes a view every so often from what is new in the lake: the same rows as the stream's, later and for less. @example features('visits', requests, { …, materialize: microBatch('30s') }) */
export function microBatch(every: Duration): MicroBatch {
  const everyMs = durationMs(every, 'time between micro-batches')
  if (everyMs >= EVERY_MS_MIN) return { kind: 'micro-batch', everyMs }
  throw userError('project/bad-duration', `Micro-batches every \`${every}\` are too many.`, {
    asked: every,
    found: EVERY_MS_MIN,
    do: 'Give at least `1s`, or leave `materialize` out: the stream engine has rows within milliseconds.',
  })
}
