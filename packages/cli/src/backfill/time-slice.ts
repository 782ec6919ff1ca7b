import { type Expr, type TimeSlice, userError } from '@millrace/core'
import { SLICES_MAX } from '@millrace/store'

/** A column by whose time rows belong to slices. */
export interface SliceColumn {
  readonly column: string
  readonly type: 'timestamp' | 'date'
}

/** Cuts a stretch of time at the whole multiples of a length since 1970 (UTC). */
export function cutSlices({ from, to }: TimeSlice, sliceMs: number): readonly TimeSlice[] {
  const count = Math.ceil(to / sliceMs) - Math.floor(from / sliceMs)
  if (count > SLICES_MAX) throw tooMany(count)
  const slices: TimeSlice[] = []
  for (let start = from; start < to; ) {
    const end = Math.min(to, (Math.floor(start / sliceMs) + 1) * sliceMs)
    slices.push({ from: start, to: end })
    start = end
  }
  return slices
}

/** The rows of a slice, as the lake takes it: half open. */
export function sliceFilter({ column, type }: SliceColumn, { from, to }: TimeSlice): Expr {
  const time = (ms: number): Expr => ({ lit: timeText(ms, type), type })
  return {
    fn: 'and',
    args: [
      { fn: 'gte', args: [{ col: column }, time(from)] },
      { fn: 'lt', args: [{ col: column }, time(to)] },
    ],
  }
}

/** The same as DuckDB takes it. */
export function sliceCondition({ column, type }: SliceColumn, { from, to }: TimeSlice): string {
  const time = (ms: number): string => `${type === 'date' ? 'DATE' : 'TIMESTAMPTZ'} '${timeText(ms, type)}'`
  return `("${column}" >= ${time(from)} AND "${column}" < ${time(to)})`
}

function timeText(ms: number, type: SliceColumn['type']): string {
  const text = new Date(ms).toISOString()
  return type === 'date' ? text.slice(0, text.indexOf('T')) : text
}

function tooMany(count: number): Error {
  return userError('backfill/too-many-slices', `That stretch has ${count} slices; a backfill has at most ${SLICES_MAX}.`, {
    asked: count,
    found: SLICES_MAX,
    do: 'Give longer slices with `--slice`, or less time at once.',
  })
}
