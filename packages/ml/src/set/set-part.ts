import type { Batch } from '@millrace/columnar'
import { columnOf } from '@millrace/columnar'
import { bugError } from '@millrace/core'
import { featureColumns } from '../score/feature-matrix.ts'
import type { TrainingMatrix } from '../train/training-matrix.ts'

/** Rows of one range of a training set, in order of window and key. */
export interface SetPart extends TrainingMatrix {
  /** The range's ends, epoch ms; the windows of its rows lie within. */
  readonly from: number
  readonly to: number
  readonly positives: number
  /** Epoch ms per row. */
  readonly windowEnd: Float64Array
  /** The entity's values per row as a JSON list of text; undefined where they were not asked for. */
  readonly keys: readonly string[] | undefined
}

const ROWS_AT_FIRST = 4096

/** Collects the rows of one range, column by column. */
export class SetPartBuilder {
  readonly #features: readonly string[]
  #columns: Float32Array[]
  #labels: Uint8Array
  #windowEnd: Float64Array
  readonly #keys: string[] = []
  #rows = 0

  constructor(features: readonly string[]) {
    this.#features = features
    this.#columns = features.map(() => sharedFloats(ROWS_AT_FIRST))
    this.#labels = new Uint8Array(ROWS_AT_FIRST)
    this.#windowEnd = new Float64Array(ROWS_AT_FIRST)
  }

  get rows(): number {
    return this.#rows
  }

  /** Takes the rows `[from, to)` of a batch of the set's statement. */
  add(batch: Batch, from: number, to: number): void {
    this.#reserve(this.#rows + to - from)
    const values = featureColumns(batch, this.#features)
    for (const [i, column] of values.entries()) this.#columns[i].set(column.subarray(from, to), this.#rows)
    this.#labels.set(numbersOf(batch, '_positive').subarray(from, to), this.#rows)
    this.#windowEnd.set(numbersOf(batch, '_end').subarray(from, to), this.#rows)
    const key = columnOf(batch, '_key')
    if (key?.kind === 'string') for (let row = from; row < to; row++) this.#keys.push(key.dictionary.text(key.codes[row]))
    this.#rows += to - from
  }

  build(range: { readonly from: number; readonly to: number }): SetPart {
    const rows = this.#rows
    const labels = this.#labels.slice(0, rows)
    return {
      ...range,
      features: this.#features,
      rows,
      labels,
      positives: labels.reduce((sum, label) => sum + label, 0),
      columns: this.#columns.map((column) => column.subarray(0, rows)),
      windowEnd: this.#windowEnd.slice(0, rows),
      keys: this.#keys.length === rows && rows > 0 ? this.#keys : undefined,
    }
  }

  #reserve(rows: number): void {
    const { length } = this.#labels
    if (rows <= length) return
    const size = Math.max(rows, length * 2)
    this.#columns = this.#columns.map((column) => {
      const larger = sharedFloats(size)
      larger.set(column)
      return larger
    })
    this.#labels = larger(new Uint8Array(size), this.#labels)
    this.#windowEnd = larger(new Float64Array(size), this.#windowEnd)
  }
}

function larger<T extends Uint8Array | Float64Array>(into: T, from: T): T {
  into.set(from)
  return into
}

/** Memory that the trainer's threads read without a copy. */
function sharedFloats(rows: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(rows * Float32Array.BYTES_PER_ELEMENT))
}

/** The column of a batch that the set's statement makes, as numbers. */
export function numbersOf(batch: Batch, name: string): Float64Array {
  const column = columnOf(batch, name)
  if (column?.kind === 'double') return column.values
  throw bugError('model/set-column', `The training set's statement gave no column \`${name}\` of numbers.`, {
    asked: name,
    found: column?.kind,
  })
}
