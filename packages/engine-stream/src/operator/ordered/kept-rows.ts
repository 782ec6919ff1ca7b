import { type Batch, concatBatches, decodeBatch, encodeBatch, takeRows } from '@millrace/columnar'
import { KeyIndex, NULL_KEY } from '../join/key-index.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { bytesIn, bytesOfColumns } from '../window/growable.ts'

/** Chunks beyond which neighbours are joined: a row is copied a logarithmic number of times. */
const CHUNKS_MAX = 16
/** A chunk below this size is not rewritten for its dead rows. */
const PURGE_ROWS_MIN = 4096
/** Rows of one page. */
const PAGE_ROWS_MAX = 16_384
const NO_HEADER = { watermarkAfter: 0, ingestedAt: 0 }

/** Rows that came together, of which some are still needed. */
export interface KeptChunk {
  readonly id: number
  readonly batch: Batch
  readonly keyIds: Int32Array
  /** 1 where the row is still needed. */
  readonly live: Uint8Array
  liveRows: number
  /** Keys of its pages in the state store; none before it is first written. */
  readonly pages: string[]
  index: KeyIndex | null
}

/** About the bytes of a kept row in a map by key, as V8 keeps it. */
export const KEPT_ROW_BYTES = 64

/** A kept row. */
export interface KeptRow {
  readonly chunk: KeptChunk
  readonly row: number
}

/**
 * Rows by key, each until its operator has no more use for it. Chunks never change: what is dead is told anew from the rows themselves
 * when they are restored.
 */
export class KeptRows {
  chunks: KeptChunk[] = []
  readonly #removedPages: string[] = []
  #nextId = 0

  add(batch: Batch, keyIds: Int32Array): KeptChunk {
    const live = new Uint8Array(batch.rows).fill(1)
    const chunk: KeptChunk = { id: this.#nextId++, batch, keyIds, live, liveRows: batch.rows, pages: [], index: null }
    this.chunks.push(chunk)
    return chunk
  }

  kill(chunk: KeptChunk, row: number): void {
    if (chunk.live[row] === 0) return
    chunk.live[row] = 0
    chunk.liveRows--
  }

  get rows(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.liveRows, 0)
  }

  get bytes(): number {
    return this.chunks.reduce(
      (sum, { batch, keyIds, live, index }) => sum + bytesOfColumns(batch.columns) + bytesIn(keyIds, live) + (index?.bytes ?? 0),
      0,
    )
  }

  /** Live rows of a key, in no order. */
  *ofKey(key: number): Generator<KeptRow> {
    for (const chunk of this.chunks) {
      chunk.index ??= new KeyIndex(chunk.keyIds)
      for (let row = chunk.index.firstOf(key); row >= 0; row = chunk.index.nextOf(row)) if (chunk.live[row] === 1) yield { chunk, row }
    }
  }

  /** Drops dead rows and joins small chunks where that is due; tells of every row that moved. */
  settle(onMoved: (key: number, to: KeptRow) => void = () => {}): void {
    for (const chunk of this.chunks) if (chunk.liveRows === 0) this.#removedPages.push(...chunk.pages)
    this.chunks = this.chunks.filter((chunk) => chunk.liveRows > 0)
    for (const chunk of [...this.chunks])
      if (chunk.batch.rows > PURGE_ROWS_MIN && chunk.liveRows * 2 < chunk.batch.rows) this.#replace([chunk], onMoved)
    while (this.chunks.length > CHUNKS_MAX) this.#replace(this.#smallestNeighbours(), onMoved)
  }

  #smallestNeighbours(): readonly KeptChunk[] {
    let place = 0
    for (let i = 1; i + 1 < this.chunks.length; i++) if (this.#rowsOfPair(i) < this.#rowsOfPair(place)) place = i
    return this.chunks.slice(place, place + 2)
  }

  #rowsOfPair(place: number): number {
    return this.chunks[place].liveRows + this.chunks[place + 1].liveRows
  }

  #replace(old: readonly KeptChunk[], onMoved: (key: number, to: KeptRow) => void): void {
    const parts = old.map((chunk) => ({ chunk, rows: liveRowsOf(chunk) }))
    const batch = concatBatches(parts.map(({ chunk, rows }) => takeRows(chunk.batch, rows)))
    const keyIds = new Int32Array(batch.rows)
    let at = 0
    for (const { chunk, rows } of parts) for (const row of rows) keyIds[at++] = chunk.keyIds[row]
    const place = this.chunks.indexOf(old[0])
    const chunk = this.add(batch, keyIds)
    this.chunks.pop()
    this.chunks.splice(place, old.length, chunk)
    for (const one of old) this.#removedPages.push(...one.pages)
    for (let row = 0; row < keyIds.length; row++) onMoved(keyIds[row], { chunk, row })
  }

  /** Gives every row its key's new id. */
  renumber(newIds: Int32Array): void {
    for (const chunk of this.chunks) {
      for (let row = 0; row < chunk.keyIds.length; row++) chunk.keyIds[row] = chunk.live[row] === 1 ? newIds[chunk.keyIds[row]] : NULL_KEY
      chunk.index = null
    }
  }

  /** `<name>/<chunk>/<segment>`: up to 16,384 rows, written once. */
  *takePages(name: string): Generator<StatePage> {
    for (const key of this.#removedPages.splice(0)) yield { key, value: undefined }
    for (const { id, batch, pages } of this.chunks) {
      if (pages.length > 0) continue
      for (let from = 0; from < batch.rows; from += PAGE_ROWS_MAX) {
        const rows = Int32Array.from({ length: Math.min(PAGE_ROWS_MAX, batch.rows - from) }, (_, i) => from + i)
        const key = `${name}/${id}/${from / PAGE_ROWS_MAX}`
        pages.push(key)
        yield { key, value: encodeBatch(rows.length === batch.rows ? batch : takeRows(batch, rows), NO_HEADER) }
      }
    }
  }

  /** Fills an empty store from its pages: every row that was written and not dropped, also those that were dead. */
  restore(name: string, pages: readonly KeptPage[], keyIdsOf: (batch: Batch) => Int32Array): void {
    const own = pages
      .map(({ key, value }) => ({ key, value, path: key.split('/') }))
      .filter(({ path }) => path[0] === name)
      .toSorted((a, b) => Number(a.path[1]) - Number(b.path[1]) || Number(a.path[2]) - Number(b.path[2]))
    for (const [id, parts] of Map.groupBy(own, ({ path }) => Number(path[1]))) {
      const batch = concatBatches(parts.map(({ value }) => decodeBatch(value).batch))
      this.#nextId = id
      this.add(batch, keyIdsOf(batch)).pages.push(...parts.map(({ key }) => key))
    }
  }
}

function liveRowsOf({ live, liveRows }: KeptChunk): Int32Array {
  const rows = new Int32Array(liveRows)
  let size = 0
  for (let row = 0; row < live.length; row++) if (live[row] === 1) rows[size++] = row
  return rows
}
