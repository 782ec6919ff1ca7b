import { type Batch, type Column, concatBatches, decodeBatch, encodeBatch, type Field, takeColumn } from '@millrace/columnar'
import { registerFields } from '../../operator/register-field.ts'
import type { KeptPage, StatePage } from '../../operator/state-page.ts'
import { bytesOfColumns } from '../../operator/window/growable.ts'
import type { SliceInput } from './slice-plan.ts'
import { dueOfRows, type SlicedRows } from './slice-rows.ts'

/** What tells of each row when it came: the operator's step, since when steps count as one, and when the row was there. */
const ORDER_FIELDS: readonly Field[] = ['step', 'epoch', 'ingested_at'].map((name) => ({ name, type: 'timestamp', nullable: false }))
const NO_HEADER = { watermarkAfter: 0, ingestedAt: 0 }

/** When rows came. */
export interface Arrival {
  readonly step: number
  readonly epoch: number
  readonly ingestedAt: number
}

/** Rows that came together. */
export interface ArrivedRows extends Arrival {
  readonly input: number
  readonly rows: number
  readonly columns: readonly Column[]
}

/** The rows that wait for a slice to come back into memory. */
export class SliceInbox {
  readonly #inputs: readonly SliceInput[]
  /** By input: rows that no page holds yet. */
  readonly #waiting: Batch[][]
  /** Bytes of the rows that wait in memory and in pages. */
  bytes = 0
  waitingBytes = 0
  /** The least progress at which one of the rows is due. */
  due = Number.POSITIVE_INFINITY

  constructor(inputs: readonly SliceInput[]) {
    this.#inputs = inputs
    this.#waiting = inputs.map(() => [])
  }

  add(input: number, { rows, columns }: Omit<SlicedRows, 'slice'>, { step, epoch, ingestedAt }: Arrival): void {
    const order = [step, epoch, ingestedAt].map((value): Column => constant(value, rows))
    this.#waiting[input].push({
      rows,
      fields: [...registerFields(this.#inputs[input].columns), ...ORDER_FIELDS],
      columns: [...columns, ...order],
    })
    const bytes = bytesOfColumns(columns) + rows * ORDER_FIELDS.length * 8
    this.bytes += bytes
    this.waitingBytes += bytes
    this.due = Math.min(this.due, dueOfRows(columns, this.#inputs[input]))
  }

  /** `inbox/<input>/<step>`: the rows that came since the last call. */
  *takePages(): Generator<StatePage> {
    for (const [input, batches] of this.#waiting.entries()) {
      if (batches.length === 0) continue
      const batch = concatBatches(batches.splice(0))
      const [step] = timesOf(batch, ORDER_FIELDS[0].name)
      yield { key: `inbox/${input}/${String(step).padStart(16, '0')}`, value: encodeBatch(batch, NO_HEADER) }
    }
    this.waitingBytes = 0
  }

  /** Takes everything out, in the order in which it came; `pages` are those that were written, by what follows `inbox/`. */
  drain(pages: Iterable<KeptPage>): ArrivedRows[] {
    const arrived: ArrivedRows[] = []
    for (const { key, value } of pages) arrived.push(...this.#parts(Number(key.split('/')[0]), decodeBatch(value).batch))
    for (const [input, batches] of this.#waiting.entries())
      for (const batch of batches.splice(0)) arrived.push(...this.#parts(input, batch))
    this.bytes = 0
    this.waitingBytes = 0
    this.due = Number.POSITIVE_INFINITY
    return arrived.sort((a, b) => a.step - b.step)
  }

  /** The rows of each step. */
  *#parts(input: number, batch: Batch): Generator<ArrivedRows> {
    const [steps, epochs, ingested] = ORDER_FIELDS.map(({ name }) => timesOf(batch, name))
    const columns = batch.columns.slice(0, -ORDER_FIELDS.length)
    for (let from = 0; from < batch.rows; ) {
      let to = from + 1
      while (to < batch.rows && steps[to] === steps[from]) to++
      const rows = Int32Array.from({ length: to - from }, (_, i) => from + i)
      const own = rows.length === batch.rows ? columns : columns.map((column) => takeColumn(column, rows))
      yield { input, rows: rows.length, columns: own, step: steps[from], epoch: epochs[from], ingestedAt: ingested[from] }
      from = to
    }
  }
}

function constant(value: number, rows: number): Column {
  return { kind: 'timestamp', values: new Float64Array(rows).fill(value), nulls: null }
}

function timesOf({ fields, columns }: Batch, name: string): Float64Array {
  const place = fields.findIndex((field) => field.name === name)
  return (columns[place] as Column & { readonly kind: 'timestamp' }).values
}
