import { type Column, concatBatches, type Field, takeColumn } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { JoinSidePlan } from '../physical-plan.ts'
import type { KeyTable } from '../window/key-table.ts'
import { type ChunkRows, JoinChunk } from './join-chunk.ts'
import { NULL_KEY } from './key-index.ts'

/** Chunks of a side, beyond which neighbours are joined: a row meets so many tables, and is copied a logarithmic number of times. */
const CHUNKS_MAX = 16
/** A chunk below this size is not rewritten for the rows that it has passed. */
const PURGE_ROWS_MIN = 4096

/** One side of a join: the rows that may still find partners. */
export class JoinSide {
  readonly plan: JoinSidePlan
  /** What is kept of a row; time and columns share registers where they are one. */
  readonly registers: readonly number[]
  readonly fields: readonly Field[]
  chunks: JoinChunk[] = []
  /** Keys of pages whose chunks are gone. */
  readonly removedPages: string[] = []
  nextId = 0

  constructor(plan: JoinSidePlan, types: ReadonlyMap<number, string>) {
    this.plan = plan
    this.registers = [...new Set([plan.time, plan.availableAt, ...plan.keys, ...plan.columns.map((column) => column.register)])]
    this.fields = this.registers.map((register) => ({ name: `r${register}`, type: types.get(register) as string, nullable: true }))
  }

  get bytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
  }

  /** The least time of its rows; infinity when there are none. */
  get least(): number {
    return this.chunks.reduce((least, chunk) => Math.min(least, chunk.least), Number.POSITIVE_INFINITY)
  }

  /** Where a register lies among the columns of a chunk. */
  placeOf(register: number): number {
    return this.registers.indexOf(register)
  }

  /** The frame's rows as a chunk that is not kept yet. */
  open(frame: Frame, keys: KeyTable): JoinChunk {
    const { selection, count } = frame
    const rows = selection?.subarray(0, count)
    const columns = this.registers.map((register) => {
      const column = frame.column(register)
      return rows === undefined ? column : takeColumn(column, rows)
    })
    return new JoinChunk(this.nextId++, this.rowsOf(columns, count, keys))
  }

  rowsOf(columns: readonly Column[], rows: number, keys: KeyTable): ChunkRows {
    const keyColumns = this.plan.keys.map((register) => columns[this.placeOf(register)])
    const keyIds = keys.idsOf(keyColumns, { selection: null, count: rows, rows })
    markNullKeys(keyIds, keyColumns)
    return { columns, times: (columns[this.placeOf(this.plan.time)] as Column & { readonly kind: 'timestamp' }).values, keyIds }
  }

  keep(chunk: JoinChunk): void {
    this.chunks.push(chunk)
    if (this.chunks.length > CHUNKS_MAX) this.#joinSmallest()
  }

  /** Passes the rows whose time lies before `bound`. */
  pass(bound: number, onPassed: (chunk: JoinChunk, rows: Int32Array) => void): void {
    let gone = false
    for (const chunk of this.chunks) {
      const rows = chunk.pass(bound)
      if (rows.length > 0) onPassed(chunk, rows)
      gone ||= chunk.live === 0
    }
    if (gone) {
      for (const chunk of this.chunks) if (chunk.live === 0) this.removedPages.push(...chunk.pages)
      this.chunks = this.chunks.filter((chunk) => chunk.live > 0)
    }
    for (const [place, chunk] of this.chunks.entries()) {
      if (chunk.rows > PURGE_ROWS_MIN && chunk.done * 2 > chunk.rows) this.#replace(place, 1)
    }
  }

  #joinSmallest(): void {
    let place = 0
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i + 1 < this.chunks.length; i++) {
      const size = this.chunks[i].live + this.chunks[i + 1].live
      if (size < least) [place, least] = [i, size]
    }
    this.#replace(place, 2)
  }

  /** Puts the surviving rows of some neighbours into one new chunk. */
  #replace(place: number, count: number): void {
    const old = this.chunks.slice(place, place + count)
    const parts = old.map((chunk) => chunk.survivors())
    const batch = concatBatches(parts.map(({ rows }) => ({ rows: rows.times.length, fields: this.fields, columns: rows.columns })))
    const times = (batch.columns[this.placeOf(this.plan.time)] as Column & { readonly kind: 'timestamp' }).values
    const keyIds = new Int32Array(batch.rows)
    const chunk = new JoinChunk(this.nextId++, { columns: batch.columns, times, keyIds })
    let at = 0
    for (const { rows, matched } of parts) {
      keyIds.set(rows.keyIds, at)
      chunk.matched.set(matched, at)
      at += matched.length
    }
    chunk.matchedChanged = chunk.matched.includes(1)
    for (const one of old) this.removedPages.push(...one.pages)
    this.chunks.splice(place, count, chunk)
  }
}

/** Gives rows whose key has a null the key id that never joins. */
export function markNullKeys(keyIds: Int32Array, keyColumns: readonly Column[]): void {
  for (const { nulls } of keyColumns)
    if (nulls !== null) for (let row = 0; row < keyIds.length; row++) if (nulls[row] === 1) keyIds[row] = NULL_KEY
}
