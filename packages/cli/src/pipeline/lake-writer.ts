import { type Batch, decodeBatch } from '@millrace/columnar'
import type { EventLog, Snapshot, TableName, TableStore } from '@millrace/core'
import { CLOSING_KEY } from '@millrace/lake'
import { belowClosing } from './below-closing.ts'
import { closingTopic, type TableSpec } from './table-spec.ts'

/** Rows that make a data file worth writing. */
export const FLUSH_ROWS = 500_000
/** Bytes read from the log at once. */
const READ_BYTES_MAX = 4 * 1024 * 1024

export interface LakeTable {
  readonly spec: TableSpec
  readonly name: TableName
  readonly partitions: number
}

/** Carries one topic of the log into its table: commits what is there, remembers how far in the snapshot, then lets the log go. */
export class LakeWriter {
  readonly #log: EventLog
  readonly #lake: TableStore
  readonly #table: LakeTable
  #next: number[] = []
  /** The snapshot that the next commit builds on. */
  #base: Snapshot | undefined
  #rebase = false

  constructor(parts: { readonly log: EventLog; readonly lake: TableStore; readonly table: LakeTable }) {
    this.#log = parts.log
    this.#lake = parts.lake
    this.#table = parts.table
  }

  get table(): string {
    return this.#table.spec.name
  }

  get consumer(): string {
    return `lake:${this.#table.spec.name}`
  }

  /** Reads the position from the lake; a provisional closing on top is left behind by the next commit. */
  async open(): Promise<void> {
    const { spec, name, partitions } = this.#table
    await this.#lake.openTable(name, { fields: spec.fields, evolve: true })
    const current = await this.#lake.current(name)
    this.#base = await belowClosing(this.#lake, name)
    this.#rebase = this.#base?.id !== current?.id
    const positions = this.#base?.positions[spec.name] ?? {}
    this.#next = Array.from({ length: partitions }, (_, partition) =>
      Math.max(positions[partition] ?? 0, this.#log.range(spec.name, partition).first),
    )
    await this.#log.registerConsumer(this.consumer, spec.name)
  }

  /** Rows that wait in the log; control records count too. */
  waiting(): number {
    let rows = 0
    for (let partition = 0; partition < this.#next.length; partition++)
      rows += this.#log.range(this.#table.spec.name, partition).next - this.#next[partition]
    return rows
  }

  /** Commits up to about `rowsMax` waiting rows; returns how many. Where only control records wait, they are passed over without a commit. */
  async flush(rowsMax: number): Promise<number> {
    const { spec, name } = this.#table
    const ends = [...this.#next]
    let rows = 0
    const batches = this.#read(spec.name, ends, {
      rowsMax,
      count: (read) => {
        rows += read
      },
    })
    const first = batches.next()
    if (first.done !== true) {
      this.#base = await this.#lake.append(name, {
        batches: withFirst(first.value, batches),
        positions: () => ({ [spec.name]: byPartition(ends) }),
        ...this.#parent(),
      })
      this.#rebase = false
    }
    this.#next = ends
    await this.#release(ends)
    return rows
  }

  /** Commits the provisional closing on top of what is committed. Readers see it until more input comes. */
  async close(from: readonly number[]): Promise<number> {
    const { spec, name } = this.#table
    const topic = closingTopic(spec.name)
    const ends = [...from]
    let rows = 0
    const batches = this.#read(topic, ends, {
      rowsMax: Number.POSITIVE_INFINITY,
      count: (read) => {
        rows += read
      },
    })
    await this.#lake.append(name, {
      batches,
      positions: () => ({ [spec.name]: byPartition(this.#next) }),
      summary: { [CLOSING_KEY]: 'true' },
      ...this.#parent(),
    })
    return rows
  }

  #parent(): { parent?: number | null } {
    return this.#rebase ? { parent: this.#base?.id ?? null } : {}
  }

  /** Decoded batches from `ends` on, partition by partition; moves `ends` along. */
  *#read(topic: string, ends: number[], limit: { readonly rowsMax: number; readonly count: (rows: number) => void }): Generator<Batch> {
    let left = limit.rowsMax
    for (let partition = 0; partition < ends.length && left > 0; partition++) {
      while (left > 0) {
        const entries = this.#log.read({ topic, partition, from: ends[partition], bytesMax: READ_BYTES_MAX })
        if (entries.length === 0) break
        for (const entry of entries) {
          ends[partition] = entry.offset + entry.span
          const { batch } = decodeBatch(entry.bytes)
          if (batch.rows === 0) continue
          left -= batch.rows
          limit.count(batch.rows)
          yield batch
        }
      }
    }
  }

  /** Tells the log how far the lake has come, and lets it drop the rest. */
  async #release(ends: readonly number[]): Promise<void> {
    const topic = this.#table.spec.name
    await this.#log.transact((transaction) => {
      for (const [partition, next] of ends.entries()) transaction.setPosition(this.consumer, topic, partition, next)
    })
    for (const [partition, next] of ends.entries()) await this.#log.trim(topic, partition, next)
  }
}

function* withFirst(first: Batch, rest: Iterable<Batch>): Generator<Batch> {
  yield first
  yield* rest
}

function byPartition(offsets: readonly number[]): Record<string, number> {
  return Object.fromEntries(offsets.entries())
}
