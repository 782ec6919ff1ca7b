import type { Frame } from './frame.ts'
import type { JoinChunk } from './join/join-chunk.ts'
import { JoinSide } from './join/join-side.ts'
import { JoinedRows } from './join/joined-rows.ts'
import { NULL_KEY } from './join/key-index.ts'
import type { JoinPlan, RegisterColumn } from './physical-plan.ts'
import type { RowSource } from './row-source.ts'
import { bytesIn, grown } from './window/growable.ts'
import { KeyTable } from './window/key-table.ts'
import { renumbered } from './window/renumbered.ts'
import { OUTPUT_ROWS_MAX } from './window/window-output.ts'
import { newWindowCounters, type WindowCounters } from './window-counters.ts'

/** A key table below this size is not compacted. */
const KEYS_MIN = 8192
/** A key table that holds so many times what was live is compacted again. */
const KEYS_GROWTH = 4

export interface IntervalJoinOptions {
  /** `exact`: no partner is given up before the end. */
  readonly mode: 'as_served' | 'exact'
  /** Registers that hold what each side reads. */
  readonly left: readonly RegisterColumn[]
  readonly right: readonly RegisterColumn[]
  readonly onOutput: (rows: RowSource) => void
}

/**
 * Pairs of a left and a right row with equal keys and right.time − left.time in [lower, upper], for the rows of one partition.
 * 1. Rows that come look for partners among the kept rows of the other side, and are kept themselves: each pair is found once, by
 *    whichever of its rows comes second.
 * 2. Progress of a side says that no row before it comes from there any more. A left row is passed when right's progress lies beyond
 *    time + upper, a right row when left's lies beyond time − lower.
 * 3. A left join gives a left row without partner when it is passed.
 */
export class IntervalJoinOperator {
  readonly plan: JoinPlan
  readonly counters: WindowCounters = newWindowCounters()
  readonly left: JoinSide
  readonly right: JoinSide
  keys: KeyTable
  leftProgress = Number.NEGATIVE_INFINITY
  rightProgress = Number.NEGATIVE_INFINITY
  readonly #options: IntervalJoinOptions
  /** Pairs under construction. */
  #mine = new Int32Array(64)
  #theirs = new Int32Array(64)
  #compactAt = KEYS_MIN

  constructor(plan: JoinPlan, options: IntervalJoinOptions) {
    this.plan = plan
    this.#options = options
    this.left = new JoinSide(plan.left, typesOf(options.left))
    this.right = new JoinSide(plan.right, typesOf(options.right))
    this.keys = new KeyTable(plan.keyFields)
  }

  pushLeft(frame: Frame): void {
    if (frame.count === 0) return
    const chunk = this.left.open(frame, this.keys)
    for (const other of this.right.chunks) this.#pair(chunk, other, true)
    this.left.keep(chunk)
  }

  pushRight(frame: Frame): void {
    if (frame.count === 0) return
    const chunk = this.right.open(frame, this.keys)
    for (const other of this.left.chunks) this.#pair(chunk, other, false)
    this.right.keep(chunk)
  }

  /** Takes note that no row before these times comes any more from left, and from right. */
  advance(left: number, right: number, availableAt: number): void {
    if (this.#options.mode === 'as_served') this.#advance(left, right, availableAt)
  }

  /** Gives up what is open. No row may come any more. */
  finish(availableAt: number): void {
    this.#advance(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, availableAt)
  }

  get bytes(): number {
    return this.left.bytes + this.right.bytes + this.keys.bytes + bytesIn(this.#mine, this.#theirs)
  }

  /** No row before it leaves the join any more. */
  get progress(): number {
    const open = this.plan.how === 'left' ? this.rightProgress - this.plan.upperMs : Number.POSITIVE_INFINITY
    return Math.min(this.leftProgress, this.rightProgress, open)
  }

  #advance(left: number, right: number, availableAt: number): void {
    this.leftProgress = left
    this.rightProgress = right
    this.left.pass(right - this.plan.upperMs, (chunk, rows) => {
      if (this.plan.how === 'left') this.#giveUnmatched(chunk, rows, availableAt)
    })
    this.right.pass(left + this.plan.lowerMs, () => {})
    if (this.keys.size > this.#compactAt) this.#compactKeys()
  }

  #giveUnmatched(chunk: JoinChunk, rows: Int32Array, availableAt: number): void {
    const alone = rows.filter((row) => chunk.matched[row] === 0)
    for (let from = 0; from < alone.length; from += OUTPUT_ROWS_MAX) {
      const part = alone.slice(from, from + OUTPUT_ROWS_MAX)
      this.#give(new JoinedRows({ side: this.left, chunk, rows: part }, { side: this.right, availableAt }))
    }
  }

  #pair(chunk: JoinChunk, other: JoinChunk, isLeft: boolean): void {
    const least = isLeft ? this.plan.lowerMs : -this.plan.upperMs
    const most = isLeft ? this.plan.upperMs : -this.plan.lowerMs
    if (other.timeMax < chunk.timeMin + least || other.timeMin > chunk.timeMax + most) return
    const { index } = other
    let count = 0
    for (let row = 0; row < chunk.rows; row++) {
      const key = chunk.keyIds[row]
      if (key === NULL_KEY) continue
      const time = chunk.times[row]
      for (let partner = index.firstOf(key); partner >= 0; partner = index.nextOf(partner)) {
        const distance = other.times[partner] - time
        if (distance < least || distance > most) continue
        if (count === this.#mine.length) this.#growPairs()
        this.#mine[count] = row
        this.#theirs[count++] = partner
        if (count < OUTPUT_ROWS_MAX) continue
        this.#givePairs({ chunk, rows: this.#mine.slice() }, { chunk: other, rows: this.#theirs.slice() }, isLeft)
        count = 0
      }
    }
    if (count > 0)
      this.#givePairs({ chunk, rows: this.#mine.slice(0, count) }, { chunk: other, rows: this.#theirs.slice(0, count) }, isLeft)
  }

  #growPairs(): void {
    const room = Math.min(OUTPUT_ROWS_MAX, this.#mine.length * 2)
    this.#mine = grown(this.#mine, room)
    this.#theirs = grown(this.#theirs, room)
  }

  #givePairs(mine: ChunkPart, theirs: ChunkPart, isLeft: boolean): void {
    const left = { side: this.left, ...(isLeft ? mine : theirs) }
    const right = { side: this.right, ...(isLeft ? theirs : mine) }
    for (const row of left.rows) left.chunk.matched[row] = 1
    left.chunk.matchedChanged = true
    this.#give(new JoinedRows(left, right))
  }

  #give(rows: JoinedRows): void {
    this.counters.rowsOut += rows.rows
    this.#options.onOutput(rows)
  }

  /** Drops keys that no kept row has once they are by far the greater part. */
  #compactKeys(): void {
    const used = new Uint8Array(this.keys.size)
    const chunks = [...this.left.chunks, ...this.right.chunks]
    for (const { keyIds } of chunks) for (const key of keyIds) if (key !== NULL_KEY) used[key] = 1
    const { table, newIds } = renumbered(used, (live) => this.keys.compacted(live))
    for (const chunk of chunks) chunk.renumber(newIds)
    this.keys = table
    this.#compactAt = Math.max(KEYS_MIN, table.size * KEYS_GROWTH)
  }
}

interface ChunkPart {
  readonly chunk: JoinChunk
  readonly rows: Int32Array
}

function typesOf(columns: readonly RegisterColumn[]): ReadonlyMap<number, string> {
  return new Map(columns.map(({ register, type }) => [register, type]))
}
