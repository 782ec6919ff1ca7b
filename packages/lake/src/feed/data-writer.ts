import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Batch } from '@millrace/columnar'
import type { TableField } from '@millrace/core'
import { removeFiles, syncPath } from '../durable-file.ts'
import type { BoundField, PartitionTuple } from '../partition/partition-value.ts'
import { Partitioner } from '../partition/partitioner.ts'
import type { ParquetWriter, WrittenFile } from './parquet-writer.ts'
import { alignedTo, type RowBuffer } from './row-buffer.ts'

/** Partitions that may be open at once; one more closes them all. */
const PARTITIONS_OPEN_MAX = 64
/** Bytes of distinct strings that wait for a file. */
const TEXT_BYTES_MAX = 96 * 1024 * 1024
/** Rows taken in before DuckDB's calls get a turn, while a file is being written. */
const TURN_ROWS_MAX = 16_384

export interface DataFileWritten extends WrittenFile {
  /** The partition spec it follows, and its values of that spec's fields. */
  readonly specId: number
  readonly tuple: PartitionTuple
}

export interface DataTarget {
  readonly writer: ParquetWriter
  readonly fields: readonly TableField[]
  /** Their ids, those of nested parts too, as DuckDB's COPY takes them. */
  readonly fieldIds: string
  /** By what rows are kept in files apart. */
  readonly specId: number
  readonly spec: readonly BoundField[]
  readonly folder: string
  /** First part of every file's name. */
  readonly prefix: string
  readonly fileRowsMax: number
}

interface OpenPartition {
  readonly tuple: PartitionTuple
  readonly buffer: RowBuffer
}
type Partitions = Map<string, OpenPartition>

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

/** Rows by partition, and the one file that is being written while further rows come in. */
class DataSink {
  readonly #target: DataTarget
  readonly #partitioner: Partitioner
  #open: Partitions = new Map()
  #rows = 0
  #writing: Promise<void> = Promise.resolve()
  readonly #paths: string[] = []
  readonly #written: DataFileWritten[] = []

  constructor(target: DataTarget) {
    this.#target = target
    this.#partitioner = new Partitioner(target.spec, target.fields)
  }

  get isFull(): boolean {
    if (this.#rows >= this.#target.fileRowsMax || this.#open.size > PARTITIONS_OPEN_MAX) return true
    let bytes = 0
    for (const { buffer } of this.#open.values()) bytes += buffer.textBytes
    return bytes >= TEXT_BYTES_MAX
  }

  add(batch: Batch): void {
    this.#rows += batch.rows
    for (const part of this.#partitioner.split(batch)) this.#partition(part.key, part.tuple).buffer.append(part.batch)
  }

  /** Hands the open rows to DuckDB once it is free, without waiting for it to finish. */
  async flush(): Promise<void> {
    await this.#writing
    const partitions = this.#open
    this.#open = new Map()
    this.#rows = 0
    this.#writing = this.#write(partitions)
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

  async #write(partitions: Partitions): Promise<void> {
    const { folder, prefix, writer, fieldIds, specId } = this.#target
    for (const { tuple, buffer } of partitions.values()) {
      const path = join(folder, `${prefix}-${String(this.#paths.length).padStart(5, '0')}.parquet`)
      this.#paths.push(path)
      this.#written.push({ ...(await writer.write(path, buffer, fieldIds)), specId, tuple })
      writer.spares.give(buffer)
    }
  }

  #partition(key: string, tuple: PartitionTuple): OpenPartition {
    let partition = this.#open.get(key)
    if (partition === undefined) {
      partition = { tuple, buffer: this.#target.writer.spares.take(this.#target.fields) }
      this.#open.set(key, partition)
    }
    return partition
  }
}
