import { type Batch, concatBatches, emptyBatch, type Field, keyPartitions, splitByPartition, takeColumn } from '@millrace/columnar'
import type { Frame } from '../operator/frame.ts'
import type { InputPlan } from '../operator/physical-plan.ts'
import { type InputTarget, travelName } from './input-runner.ts'

/** Rows on their way to a partition of the next stage; without rows it is a heartbeat. */
export interface SentBatch {
  readonly exchange: number
  readonly partition: number
  readonly batch: Batch
  /** No row with a lesser time or stamp follows from this partition. */
  readonly watermarkAfter: number
  readonly ingestedAt: number
}

/** Splits the rows of an input by key, and tells every partition of the next stage how far this one has come. */
export class ExchangeSender implements InputTarget {
  readonly late = null
  readonly #exchange: number
  readonly #partitions: number
  readonly #columns: InputPlan['columns']
  readonly #keys: readonly string[]
  readonly #fields: readonly Field[]
  #waiting: Batch[] = []
  #sent: SentBatch[] = []
  #progress = Number.NEGATIVE_INFINITY
  #pendingRows = 0

  constructor(plan: InputPlan, options: { readonly exchange: number; readonly partitions: number }) {
    this.#exchange = options.exchange
    this.#partitions = options.partitions
    this.#columns = plan.columns
    this.#keys = (plan.exchange?.keys ?? []).map(travelName)
    this.#fields = plan.columns.map(({ register, type }) => ({ name: travelName(register), type, nullable: true }))
  }

  push(frame: Frame): void {
    const rows = frame.selection?.slice(0, frame.count)
    const columns = this.#columns.map(({ register }) => {
      const column = frame.column(register)
      return rows === undefined ? column : takeColumn(column, rows)
    })
    this.#waiting.push({ rows: frame.count, fields: this.#fields, columns })
  }

  /** Sends what has come since the last call, and where the progress moved a heartbeat to every other partition. */
  forward(progress: number, ingestedAt: number): void {
    const moved = progress > this.#progress
    this.#progress = Math.max(this.#progress, progress)
    const parts = this.#split()
    for (let partition = 0; partition < this.#partitions; partition++) {
      const batch = parts[partition]
      if (batch === undefined && !moved) continue
      const header = { watermarkAfter: this.#progress, ingestedAt }
      this.#pendingRows += Math.max(1, batch?.rows ?? 0)
      this.#sent.push({ exchange: this.#exchange, partition, batch: batch ?? emptyBatch(this.#fields), ...header })
    }
  }

  #split(): (Batch | undefined)[] {
    if (this.#waiting.length === 0) return []
    const batch = concatBatches(this.#waiting)
    this.#waiting = []
    return splitByPartition(batch, keyPartitions(batch, this.#keys, this.#partitions), this.#partitions)
  }

  /** Rows and heartbeats that wait to be drained. */
  get pendingRows(): number {
    return this.#pendingRows
  }

  /** The progress that was last sent. */
  get progress(): number {
    return this.#progress
  }

  /** Goes on where another runner left off. */
  restore(progress: number): void {
    this.#progress = progress
  }

  drain(): SentBatch[] {
    const sent = this.#sent
    this.#sent = []
    this.#pendingRows = 0
    return sent
  }
}
