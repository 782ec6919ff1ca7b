import { type Batch, type Column, columnOf, takeRows, valueAt } from '@millrace/columnar'
import type { LogTransaction } from '@millrace/core'
import { type RelayNote, type RelayShare, type RowForm, relayProgress } from '@millrace/log-kafka'
import { type Cut, jobsState, type Take } from './jobs-state.ts'
import { topicOf } from './stored-job.ts'

/** Rows of a view, or those that are late for it, as a job gives them. */
export interface SharedTopic {
  /** Identity of the job. */
  readonly job: string
  readonly view: string
  readonly kind: 'rows' | 'late'
  /** Changes have no place in the streams: one job gives them all. */
  readonly form: RowForm
  /** What says of which job a row is: its event time, or the arrival of the record that it is. */
  readonly placedBy: 'time' | 'arrival'
  /** Topic on Kafka without the identity, and topic of the log. */
  readonly base: string
  readonly to: string
  /** Streams of the view. */
  readonly streams: readonly string[]
}

/** Name under which the time of the latest row is noted. */
export const LATEST = 'latest'

/**
 * Takes of a job's rows those that are its own, as the jobs stand in the very transaction: each row of a view is one job's. While a job waits for
 * the switch, its rows are passed over as far as the other job's have come, which no cut falls behind; the rest is read again later.
 */
export function jobShare(shared: SharedTopic): RelayShare {
  const place = shared.placedBy === 'time' ? timePlace : arrivalPlace(shared.streams)
  return (transaction, batch, note) => {
    const take = takeIn(transaction, shared)
    if (shared.form === 'changes') return take === undefined ? undefined : { batch, note }
    if (take !== undefined) return sharedRows(batch, { take, note, place })
    const behind = waitingCut(transaction, shared)
    if (behind === undefined) return undefined
    const rest = sharedRows(batch, { take: { from: behind, until: null }, note: undefined, place })
    return rest.batch.rows === 0 ? { batch: rest.batch, note } : undefined
  }
}

function takeIn(transaction: LogTransaction, { job, view }: SharedTopic): Take | undefined {
  return jobsState(transaction)?.takes[job]?.[view]
}

/** Where the running job's rows have come to; undefined where none has come, or where this job gives no rows any more. */
function waitingCut(transaction: LogTransaction, { job, base, to }: SharedTopic): Cut | undefined {
  const state = jobsState(transaction)
  if (state?.next !== job) return undefined
  const note = relayProgress(transaction, { from: topicOf(base, state.current), to })?.note
  return note === undefined ? undefined : cutBehind(note)
}

/** The cut right behind what was noted of rows or of late rows. */
export function cutBehind(note: RelayNote): Cut {
  const { [LATEST]: latest = Number.NEGATIVE_INFINITY, ...arrivals } = note
  return { time: latest + 1, arrivals: Object.fromEntries(Object.entries(arrivals).map(([stream, arrival]) => [stream, arrival + 1])) }
}

/** What a row is placed by, under which name; and where a cut lies in that. */
interface Place {
  of(batch: Batch): (row: number) => readonly [string, number]
  bound(cut: Cut, name: string): number
}

const timePlace: Place = {
  of(batch) {
    const times = columnOf(batch, '_event_time') as Column
    return (row) => [LATEST, valueAt(times, row) as number]
  },
  bound: ({ time }) => time,
}

/** Records of several streams say in `_source` which one they are of. */
function arrivalPlace(streams: readonly string[]): Place {
  return {
    of(batch) {
      const arrivals = columnOf(batch, '_arrival') as Column
      const sources = columnOf(batch, '_source')
      return (row) => [sources === undefined ? streams[0] : String(valueAt(sources, row)), Number(valueAt(arrivals, row))]
    },
    bound: ({ arrivals }, stream) => arrivals[stream] ?? 0,
  }
}

function sharedRows(
  batch: Batch,
  { take, note, place }: { readonly take: Take; readonly note: RelayNote | undefined; readonly place: Place },
): { readonly batch: Batch; readonly note: RelayNote | undefined } {
  const placeOf = place.of(batch)
  const greatest: Record<string, number> = { ...note }
  const taken: number[] = []
  for (let row = 0; row < batch.rows; row++) {
    const [name, at] = placeOf(row)
    if (take.from !== null && at < place.bound(take.from, name)) continue
    if (take.until !== null && at >= place.bound(take.until, name)) continue
    taken.push(row)
    greatest[name] = Math.max(greatest[name] ?? at, at)
  }
  const isWhole = taken.length === batch.rows
  return { batch: isWhole ? batch : takeRows(batch, Int32Array.from(taken)), note: taken.length === 0 ? note : greatest }
}
