import { type Batch, type Column, takeRows, valueAt } from '@millrace/columnar'
import type { TableField } from '@millrace/core'
import type { Comparable } from '../format/single-value.ts'
import type { BoundField, PartitionTuple } from './partition-value.ts'
import { transformed } from './transform.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MICROS_PER_MS = 1000n

/** Rows of a batch that belong to one partition. */
export interface PartitionRows {
  /** Tells partitions of one spec apart. */
  readonly key: string
  readonly tuple: PartitionTuple
  readonly batch: Batch
}

type ValueOf = (row: number) => Comparable | null

/** Splits batches whose columns are those of the table, in its order, by the fields of a partition spec. */
export class Partitioner {
  readonly #fields: readonly BoundField[]
  readonly #places: readonly number[]
  readonly #types: readonly string[]

  constructor(spec: readonly BoundField[], columns: readonly TableField[]) {
    this.#fields = spec
    this.#places = spec.map(({ sourceId }) => columns.findIndex(({ id }) => id === sourceId))
    this.#types = columns.map(({ type }) => type)
  }

  split(batch: Batch): PartitionRows[] {
    if (this.#fields.length === 0) return [{ key: '', tuple: [], batch }]
    const values = this.#fields.map((field, i) => this.#reader(field, this.#places[i], batch))
    const groups = new Map<string, { tuple: PartitionTuple; rows: number[] }>()
    let last: { tuple: PartitionTuple; rows: number[] } | undefined
    for (let row = 0; row < batch.rows; row++) {
      const tuple = values.map((valueOf) => valueOf(row))
      if (last === undefined || !same(last.tuple, tuple)) {
        const key = keyOf(tuple)
        last = groups.get(key)
        if (last === undefined) {
          last = { tuple, rows: [] }
          groups.set(key, last)
        }
      }
      last.rows.push(row)
    }
    return Array.from(groups, ([key, { tuple, rows }]) => ({
      key,
      tuple,
      batch: rows.length === batch.rows ? batch : takeRows(batch, Int32Array.from(rows)),
    }))
  }

  #reader(field: BoundField, place: number, batch: Batch): ValueOf {
    const column = batch.columns[place]
    // The column of this field was dropped: its rows have no value there.
    if (column === undefined) return () => null
    const { kind } = field.transform
    if (column.kind === 'timestamp' && (kind === 'day' || kind === 'hour')) {
      const unit = kind === 'day' ? DAY_MS : HOUR_MS
      return (row) => (column.nulls !== null && column.nulls[row] === 1 ? null : Math.floor(column.values[row] / unit))
    }
    const valueOf = comparableReader(column, this.#types[place])
    const transform = (value: Comparable | null) => (value === null ? null : transformed(field.transform, field.sourceType, value))
    if (column.kind !== 'string' && column.kind !== 'bytes') return (row) => transform(valueOf(row))
    const isDecimal = this.#types[place].startsWith('decimal(')
    return byEntry(column, (entry) => transform(isDecimal ? BigInt(entry.toString('latin1').replace('.', '')) : entry))
  }
}

/** Values of a coded column, each entry of its dictionary looked at once. */
function byEntry(column: Extract<Column, { kind: 'string' | 'bytes' }>, transform: (entry: Buffer) => Comparable | null): ValueOf {
  const known: (Comparable | null | undefined)[] = new Array(column.dictionary.size)
  return (row) => {
    if (column.nulls !== null && column.nulls[row] === 1) return null
    const code = column.codes[row]
    const found = known[code]
    if (found !== undefined) return found
    // A copy: a partition value outlives the batch.
    const value = transform(Buffer.from(column.dictionary.entry(code)))
    known[code] = value
    return value
  }
}

function comparableReader(column: Column, type: string): ValueOf {
  return (row) => {
    const value = valueAt(column, row)
    if (value === null) return null
    if (typeof value === 'boolean') return value ? 1 : 0
    if (type === 'timestamp') return BigInt(value as number) * MICROS_PER_MS
    if (type === 'int64') return BigInt(value as number)
    return value as Comparable
  }
}

function same(a: PartitionTuple, b: PartitionTuple): boolean {
  for (let place = 0; place < a.length; place++) if (a[place] !== b[place]) return false
  return true
}

function keyOf(tuple: PartitionTuple): string {
  return tuple.map((value) => (value === null ? 'null' : Buffer.isBuffer(value) ? `x${value.toString('hex')}` : String(value))).join('/')
}
