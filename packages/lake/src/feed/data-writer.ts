import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Batch, type Column, type TimestampColumn, takeRows } from '@millrace/columnar'
import type { TableField } from '@millrace/core'
import { removeFiles, syncPath } from '../durable-file.ts'
import type { ParquetWriter, WrittenFile } from './parquet-writer.ts'
import { alignedTo, type RowBuffer } from './row-buffer.ts'

/** Days that may be open at once; one more closes them all. */
const DAYS_OPEN_MAX = 64
/** Bytes of distinct strings that wait for a file. */
const TEXT_BYTES_MAX = 96 * 1024 * 1024
/** Rows taken in before DuckDB's calls get a turn, while a file is being written. */
const TURN_ROWS_MAX = 16_384
const DAY_MS = 86_400_000

export interface DataFileWritten extends WrittenFile {
  /** Days since 1970 of a day-partitioned table; null for rows without that time; undefined where the table has no partition. */
  readonly day: number | null | undefined
}

export interface DataTarget {
  readonly writer: ParquetWriter
  readonly fields: readonly TableField[]
  /** The timestamp column by whose day files are kept apart. */
  readonly dayColumn: TableField | undefined
  readonly folder: string
  /** First part of every file's name. */
  readonly prefix: string
  readonly fileRowsMax: number
}

type Buffers = Map<number | null | undefined, RowBuffer>

/** Writes batches as data files. Rows are copied as they come: a batch may change once the next one is asked for. On failure nothing is left. */
export async function writeData(batches: Iterable<Batch> | AsyncIterable<Batch>, target: DataTarget): Promise<DataFileWritten[]> {
  const sink = new DataSink(target)
  try {
    let turn = 0
    for await (const batch of batches) {
      if (batch.rows === 0) continue
      sink.add(alignedTo(target.fields, batch))
      if (sink.isFull) await sink.flush()
      turn += batch.rows
      if (turn < TURN_ROWS_MAX) continue
      turn = 0
      await setImmediate()
    }
    return await sink.finish()
  } catch (error) {
    await sink.abandon()
    throw error
  }
}

/** Rows by day, and the one file that is being written while further rows come in. */
class DataSink {
  readonly #target: DataTarget
  #open: Buffers = new Map()
  #rows = 0
  #writing: Promise<void> = Promise.resolve()
  readonly #paths: string[] = []
  readonly #written: DataFileWritten[] = []

  constructor(target: DataTarget) {
    this.#target = target
  }

  get isFull(): boolean {
    if (this.#rows >= this.#target.fileRowsMax || this.#open.size > DAYS_OPEN_MAX) return true
    let bytes = 0
    for (const buffer of this.#open.values()) bytes += buffer.textBytes
    return bytes >= TEXT_BYTES_MAX
  }

  add(batch: Batch): void {
    this.#rows += batch.rows
    const { dayColumn, fields } = this.#target
    if (dayColumn === undefined) {
      this.#buffer(undefined).append(batch)
      return
    }
    const rowsByDay = splitByDay(batch.columns[fields.indexOf(dayColumn)], batch.rows)
    for (const [day, rows] of rowsByDay)
      this.#buffer(day).append(rows.length === batch.rows ? batch : takeRows(batch, Int32Array.from(rows)))
  }

  /** Hands the open rows to DuckDB once it is free, without waiting for it to finish. */
  async flush(): Promise<void> {
    await this.#writing
    const buffers = this.#open
    this.#open = new Map()
    this.#rows = 0
    this.#writing = this.#write(buffers)
    // A failure is met at the next wait; until then it is nobody's.
    this.#writing.catch(() => undefined)
  }

  async finish(): Promise<DataFileWritten[]> {
    await this.flush()
    await this.#writing
    if (this.#written.length > 0) await syncPath(this.#target.folder)
    return this.#written
  }

  async abandon(): Promise<void> {
    await this.#writing.catch(() => undefined)
    await removeFiles(this.#paths)
  }

  async #write(buffers: Buffers): Promise<void> {
    for (const [day, buffer] of buffers) {
      const path = join(this.#target.folder, `${this.#target.prefix}-${String(this.#paths.length).padStart(5, '0')}.parquet`)
      this.#paths.push(path)
      this.#written.push({ ...(await this.#target.writer.write(path, buffer)), day })
      this.#target.writer.spares.give(buffer)
    }
  }

  #buffer(day: number | null | undefined): RowBuffer {
    let buffer = this.#open.get(day)
    if (buffer === undefined) {
      buffer = this.#target.writer.spares.take(this.#target.fields)
      this.#open.set(day, buffer)
    }
    return buffer
  }
}

/** Row numbers by day since 1970 (negative before); null for rows without a time. */
function splitByDay(column: Column, rows: number): Map<number | null, number[]> {
  const { values } = column as TimestampColumn
  const byDay = new Map<number | null, number[]>()
  let lastDay: number | null | undefined
  let lastRows: number[] = []
  for (let row = 0; row < rows; row++) {
    const day = column.nulls !== null && column.nulls[row] === 1 ? null : Math.floor(values[row] / DAY_MS)
    if (day !== lastDay) {
      lastDay = day
      lastRows = byDay.get(day) ?? []
      byDay.set(day, lastRows)
    }
    lastRows.push(row)
  }
  return byDay
}
