import type { Column, Field } from '@millrace/columnar'
import { bytesIn, grown } from './growable.ts'
import { type TupleColumn, tupleColumn, type WordPlace } from './tuple-column.ts'
import { TupleTable } from './tuple-table.ts'
import { type RowRange, type ValueTable, valueTable } from './value-table.ts'

/** A word says of so many columns whether they are null. */
const NULLS_OF_WORD = 32

/**
 * Gives key tuples dense ids: the values of a single key column, or tuples of the words of several. Without key columns every row has id 0;
 * null is a value like others.
 */
export class KeyTable {
  readonly #fields: readonly Field[]
  readonly #values: ValueTable | null
  readonly #columns: readonly { readonly column: TupleColumn; readonly place: WordPlace }[]
  readonly #width: number
  readonly #tuples: TupleTable
  #scratch = new Int32Array(0)

  /** @param tableOf makes the table of the values of a single column */
  constructor(fields: readonly Field[], tableOf: (type: string) => ValueTable = valueTable) {
    this.#fields = fields
    this.#values = fields.length === 1 ? tableOf(fields[0].type) : null
    const columns = fields.length < 2 ? [] : fields.map(({ type }) => tupleColumn(type))
    const nullWords = Math.ceil(columns.length / NULLS_OF_WORD)
    this.#width = columns.reduce((sum, { words }) => sum + words, nullWords)
    let at = nullWords
    this.#columns = columns.map((column, i) => {
      const place = { width: this.#width, at, nullAt: Math.floor(i / NULLS_OF_WORD), nullBit: i % NULLS_OF_WORD }
      at += column.words
      return { column, place }
    })
    this.#tuples = new TupleTable(this.#width)
  }

  /** Greater than every id given out. */
  get size(): number {
    return this.#values === null ? this.#tuples.size : this.#values.size
  }

  get bytes(): number {
    const ofColumns = this.#columns.reduce((sum, { column }) => sum + column.bytes, 0)
    return (this.#values?.bytes ?? this.#tuples.bytes) + ofColumns + bytesIn(this.#scratch)
  }

  /** Key ids by row number, filled for the rows of the range. */
  idsOf(columns: readonly Column[], range: RowRange): Int32Array {
    if (columns.length === 0) return new Int32Array(range.rows)
    if (this.#values !== null) return this.#values.idsOf(columns[0], range)
    const { selection, count, rows } = range
    const width = this.#width
    const tuples = this.#tuplesOf(columns, range)
    const ids = new Int32Array(rows)
    for (let k = 0; k < count; k++) ids[selection === null ? k : selection[k]] = this.#tuples.idOf(tuples, k * width)
    return ids
  }

  #tuplesOf(columns: readonly Column[], range: RowRange): Int32Array {
    const words = range.count * this.#width
    this.#scratch = grown(this.#scratch, words)
    this.#scratch.fill(0, 0, words)
    for (const [i, { column, place }] of this.#columns.entries()) column.write(columns[i], range, this.#scratch, place)
    return this.#scratch
  }

  /** The key columns of the first `count` ids. */
  columnsOf(ids: Int32Array, count: number): Column[] {
    if (this.#values !== null) return [this.#values.columnOf(ids, count)]
    return this.#columns.map(({ column, place }) => column.read(this.#tuples.words, ids, count, place))
  }

  /** A table of only the given ids, and the new id of each. */
  compacted(live: Int32Array): { table: KeyTable; ids: Int32Array } {
    const table = new KeyTable(this.#fields)
    const count = live.length
    return { table, ids: table.idsOf(this.columnsOf(live, count), { selection: null, count, rows: count }) }
  }
}
