import { type Batch, type Column, concatBatches, takeRows } from '@millrace/columnar'
import { aggregateGroups } from '../aggregate/aggregate-groups.ts'
import { compactValues, distinctValues } from '../aggregate/compact-values.ts'
import { createAggregates } from '../aggregate/create-aggregate.ts'
import type { WindowedAggregate } from '../aggregate/windowed-aggregate.ts'
import type { Frame } from '../frame.ts'
import type { SessionPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { bytesIn, grown } from '../window/growable.ts'
import { KeyTable } from '../window/key-table.ts'
import { OutputColumn } from '../window/output-column.ts'
import { renumbered } from '../window/renumbered.ts'
import { DueKeys } from './due-keys.ts'
import { GatheredRows, sameTime } from './gathered-rows.ts'
import { KeptRows } from './kept-rows.ts'
import { frameOf, OrderedRows } from './ordered-rows.ts'
import { RowHold } from './row-hold.ts'
import { parts, type RowOperator, type RowOperatorOptions } from './row-operator.ts'

/** A key table below this size is not compacted. */
const KEYS_MIN = 4096

/** Sessions that are over, in parallel arrays. */
interface Closed {
  readonly keys: number[]
  readonly starts: number[]
  readonly lasts: number[]
}

/**
 * Sessions: rows of a key whose distance is at most the gap.
 * 1. Rows wait until no row before them comes any more, and are then looked at in order: a key has one open session, and sessions never
 *    need merging.
 * 2. A session is over when a row of its key comes after its end, or progress does: its end is the last row's time plus the gap.
 * 3. What the aggregates read of an open session's rows is kept; they are brought together when it is over.
 */
export class SessionOperator implements RowOperator {
  readonly #plan: SessionPlan
  readonly #options: RowOperatorOptions
  readonly #waiting: RowHold
  readonly #kept = new KeptRows()
  readonly #aggregates: readonly WindowedAggregate[]
  readonly #out: readonly OutputColumn[]
  readonly #due = new DueKeys()
  #keys: KeyTable
  #compactAt = KEYS_MIN
  /** By key id, of its open session; NaN: none. */
  #starts = new Float64Array(0)
  #lasts = new Float64Array(0)

  constructor(plan: SessionPlan, options: RowOperatorOptions) {
    this.#plan = plan
    this.#options = options
    this.#waiting = new RowHold(plan.rows, options.inputs[0].columns)
    this.#aggregates = createAggregates(plan.aggregates)
    this.#out = plan.aggregates.map(({ field }) => new OutputColumn(field))
    this.#keys = new KeyTable(plan.rows.keyFields)
  }

  push(_input: number, frame: Frame): void {
    this.#waiting.push(frame)
  }

  fire([progress]: readonly number[], availableAt: number): void {
    const closed: Closed = { keys: [], starts: [], lasts: [] }
    const rows = this.#waiting.take(progress)
    if (rows !== undefined) {
      const keyIds = this.#idsOf(rows.batch)
      this.#kept.add(rows.batch, keyIds)
      this.#follow(rows, keyIds, closed)
    }
    this.#due.take(progress - this.#plan.gapMs, (key) => {
      const last = this.#lasts[key]
      if (last + this.#plan.gapMs >= progress) return last
      if (!Number.isNaN(last)) this.#close(key, closed)
      return undefined
    })
    if (closed.keys.length === 0) return
    this.#giveAll(closed, availableAt)
    this.#kept.settle()
  }

  #idsOf(batch: Batch): Int32Array {
    const rows = new OrderedRows(batch, this.#plan.rows.time)
    const columns = this.#plan.rows.keys.map((register) => rows.column(register))
    const ids = this.#keys.idsOf(columns, { selection: null, count: batch.rows, rows: batch.rows })
    const known = this.#starts.length
    this.#starts = grown(this.#starts, this.#keys.size)
    this.#lasts = grown(this.#lasts, this.#keys.size)
    this.#starts.fill(Number.NaN, known)
    this.#lasts.fill(Number.NaN, known)
    return ids
  }

  /** Lets sessions begin, go on and end with the rows, in order. */
  #follow({ times, rows }: OrderedRows, keyIds: Int32Array, closed: Closed): void {
    for (let row = 0; row < rows; row++) {
      const key = keyIds[row]
      const time = times[row]
      if (!(time - this.#lasts[key] <= this.#plan.gapMs)) {
        if (!Number.isNaN(this.#lasts[key])) this.#close(key, closed)
        this.#starts[key] = time
        this.#due.add(time, key)
      }
      this.#lasts[key] = time
    }
  }

  #close(key: number, { keys, starts, lasts }: Closed): void {
    keys.push(key)
    starts.push(this.#starts[key])
    lasts.push(this.#lasts[key])
    this.#starts[key] = Number.NaN
    this.#lasts[key] = Number.NaN
  }

  #giveAll({ keys, starts, lasts }: Closed, availableAt: number): void {
    for (const part of parts(keys.length)) {
      const of = (values: readonly number[]): number[] => Array.from(part, (place) => values[place])
      this.#give({ keys: of(keys), starts: of(starts), lasts: of(lasts) }, availableAt)
    }
  }

  #give(closed: Closed, availableAt: number): void {
    const count = closed.keys.length
    const { batch, groups } = this.#rowsOf(closed)
    const frame = frameOf(batch, this.#options.inputs[0].registers)
    aggregateGroups(this.#aggregates, { frame, groups, count }, { out: this.#out, counts: this.#options.counters })
    const aggregates = this.#out.map((column) => column.take(count))
    this.#handOn(closed, aggregates, availableAt)
  }

  /** The rows of the sessions and, in parallel, which session each belongs to. */
  #rowsOf({ keys, starts, lasts }: Closed): { readonly batch: Batch; readonly groups: Int32Array } {
    const taken = new Map<Batch, { rows: number[]; groups: number[] }>()
    for (const [group, key] of keys.entries()) {
      for (const { chunk, row } of this.#kept.ofKey(key)) {
        const time = this.#timesOf(chunk.batch)[row]
        if (time < starts[group] || time > lasts[group]) continue
        const part = taken.get(chunk.batch) ?? { rows: [], groups: [] }
        taken.set(chunk.batch, part)
        part.rows.push(row)
        part.groups.push(group)
        this.#kept.kill(chunk, row)
      }
    }
    const batch = concatBatches([...taken].map(([from, { rows }]) => takeRows(from, Int32Array.from(rows))))
    return { batch, groups: Int32Array.from([...taken.values()].flatMap(({ groups }) => groups)) }
  }

  #timesOf(batch: Batch): Float64Array {
    const place = batch.fields.findIndex(({ name }) => name === `r${this.#plan.rows.time}`)
    return (batch.columns[place] as Column & { readonly kind: 'timestamp' }).values
  }

  #handOn({ keys, starts, lasts }: Closed, aggregates: readonly Column[], availableAt: number): void {
    const { rows, gapMs } = this.#plan
    const count = keys.length
    const time = (values: readonly number[], later: number) => (): Column => ({
      kind: 'timestamp',
      values: Float64Array.from(values, (value) => value + later),
      nulls: null,
    })
    const keyColumns = this.#keys.columnsOf(Int32Array.from(keys), count)
    this.#options.counters.rowsOut += count
    this.#options.counters.windowsFired += count
    this.#options.onOutput(
      new GatheredRows(
        count,
        new Map<string, () => Column>([
          ['_event_time', time(lasts, gapMs - 1)],
          ['_available_at', () => sameTime(count, availableAt)],
          ['window_start', time(starts, 0)],
          ['window_end', time(lasts, gapMs)],
          ...rows.keyFields.map(({ name }, place): [string, () => Column] => [name, () => keyColumns[place]]),
          ...this.#plan.aggregates.map(({ name }, place): [string, () => Column] => [name, () => aggregates[place]]),
        ]),
      ),
    )
  }

  get dueAt(): number {
    return Math.min(this.#waiting.least, this.#due.least + this.#plan.gapMs)
  }

  /** A session that ends at `progress` may still go on, and its rows' event time is the instant before. */
  progressAfter([progress]: readonly number[]): number {
    return progress - 1
  }

  compact(): void {
    compactValues(this.#aggregates, [])
    if (this.#keys.size <= this.#compactAt) return
    const used = new Uint8Array(this.#keys.size)
    for (let key = 0; key < used.length; key++) if (!Number.isNaN(this.#lasts[key])) used[key] = 1
    const { table, newIds } = renumbered(used, (live) => this.#keys.compacted(live))
    const [starts, lasts] = [this.#starts, this.#lasts]
    this.#starts = new Float64Array(table.size).fill(Number.NaN)
    this.#lasts = new Float64Array(table.size).fill(Number.NaN)
    for (let key = 0; key < used.length; key++) {
      if (used[key] === 0) continue
      this.#starts[newIds[key]] = starts[key]
      this.#lasts[newIds[key]] = lasts[key]
    }
    this.#kept.renumber(newIds)
    this.#keys = table
    this.#dueAnew()
    this.#compactAt = Math.max(KEYS_MIN, table.size * 2)
  }

  #dueAnew(): void {
    this.#due.clear()
    for (let key = 0; key < this.#lasts.length; key++) if (!Number.isNaN(this.#lasts[key])) this.#due.add(this.#lasts[key], key)
  }

  get bytes(): number {
    return this.#waiting.bytes + this.#kept.bytes + this.#keys.bytes + this.#due.bytes + bytesIn(this.#starts, this.#lasts)
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.#keys.size, values: distinctValues(this.#aggregates) }
  }

  *takePages(): Generator<StatePage> {
    yield* this.#waiting.takePages('waiting')
    yield* this.#kept.takePages('open')
  }

  restore(pages: readonly KeptPage[], [progress]: readonly number[]): void {
    this.#waiting.restore('waiting', pages, progress)
    this.#kept.restore('open', pages, (batch) => this.#idsOf(batch))
    this.#reopen(progress)
    this.#kept.settle()
    this.#dueAnew()
  }

  /** Finds the open session of each key among rows of which some belong to sessions that are over. */
  #reopen(progress: number): void {
    const all = this.#kept.chunks.flatMap((chunk) =>
      Array.from(this.#timesOf(chunk.batch), (time, row) => ({ time, row, chunk, key: chunk.keyIds[row] })),
    )
    for (const { time, key } of all.toSorted((a, b) => a.time - b.time)) {
      if (!(time - this.#lasts[key] <= this.#plan.gapMs)) this.#starts[key] = time
      this.#lasts[key] = time
    }
    for (let key = 0; key < this.#lasts.length; key++) {
      if (!(this.#lasts[key] + this.#plan.gapMs < progress)) continue
      this.#starts[key] = Number.NaN
      this.#lasts[key] = Number.NaN
    }
    for (const { time, key, chunk, row } of all) if (!(time >= this.#starts[key])) this.#kept.kill(chunk, row)
  }
}
