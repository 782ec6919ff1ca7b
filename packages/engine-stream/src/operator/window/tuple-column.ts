import { type Column, columnKind } from '@millrace/columnar'
import { highWord, highWordOf, lowWordOf, numberColumn } from './number-words.ts'
import { TextTable } from './text-table.ts'
import type { RowRange } from './value-table.ts'

/** Where the words of a column stand in tuples of words. */
export interface WordPlace {
  /** Words of a tuple. */
  readonly width: number
  /** Place of the column's words in the tuple. */
  readonly at: number
  /** Place of the word, and the bit in it, that says whether the value is null. */
  readonly nullAt: number
  readonly nullBit: number
}

/** A column of tuples as 32-bit words. */
export interface TupleColumn {
  /** Bytes that it takes in memory beside the words. */
  readonly bytes: number
  /** Words of a value. */
  readonly words: number
  /** Writes the values of the range's rows into tuples of zeros, one after the other; equal values become equal words. */
  write(column: Column, range: RowRange, target: Int32Array, place: WordPlace): void
  /** The values of the first `count` tuples of `ids`. */
  read(from: Int32Array, ids: Int32Array, count: number, place: WordPlace): Column
}

export function tupleColumn(type: string): TupleColumn {
  const kind = columnKind(type)
  return kind === 'string' || kind === 'bytes' ? new TextWords(kind) : new NumberPairs(type)
}

/** The ids of texts; that of null is 0. */
class TextWords implements TupleColumn {
  readonly words = 1
  readonly #table: TextTable

  constructor(kind: 'string' | 'bytes') {
    this.#table = new TextTable(kind)
  }

  get bytes(): number {
    return this.#table.bytes
  }

  write(column: Column, range: RowRange, target: Int32Array, { width, at }: WordPlace): void {
    const { selection, count } = range
    const ids = this.#table.idsOf(column, range)
    for (let k = 0, to = at; k < count; k++, to += width) target[to] = ids[selection === null ? k : selection[k]]
  }

  read(from: Int32Array, ids: Int32Array, count: number, { width, at }: WordPlace): Column {
    return this.#table.columnOf(gathered(from, ids, count, { width, at }), count)
  }
}

/** The high and low 32 bits of numbers. */
class NumberPairs implements TupleColumn {
  readonly bytes = 0
  readonly words = 2
  readonly #type: string

  constructor(type: string) {
    this.#type = type
  }

  write(column: Column, range: RowRange, target: Int32Array, place: WordPlace): void {
    if (column.kind === 'double') writeDoubles(column.values, range, target, place)
    else if (column.kind === 'int64' && !column.safe) writeWide(column.values, range, target, place)
    else writeIntegers((column as Column & { readonly values: Float64Array | Int32Array | Uint8Array }).values, range, target, place)
    if (column.nulls !== null) writeNulls(column.nulls, range, target, place)
  }

  read(from: Int32Array, ids: Int32Array, count: number, { width, at, nullAt, nullBit }: WordPlace): Column {
    const flags = new Uint8Array(count)
    for (let i = 0; i < count; i++) flags[i] = (from[ids[i] * width + nullAt] >>> nullBit) & 1
    const high = gathered(from, ids, count, { width, at })
    const low = gathered(from, ids, count, { width, at: at + 1 })
    return numberColumn(this.#type, { high, low, nulls: flags.includes(1) ? flags : null })
  }
}

function gathered(from: Int32Array, ids: Int32Array, count: number, { width, at }: Pick<WordPlace, 'width' | 'at'>): Int32Array {
  const words = new Int32Array(count)
  for (let i = 0; i < count; i++) words[i] = from[ids[i] * width + at]
  return words
}

function writeIntegers(
  values: Float64Array | Int32Array | Uint8Array,
  { selection, count }: RowRange,
  target: Int32Array,
  { width, at }: WordPlace,
): void {
  for (let k = 0, to = at; k < count; k++, to += width) {
    const value = values[selection === null ? k : selection[k]]
    target[to] = highWord(value)
    target[to + 1] = value | 0
  }
}

function writeWide(values: BigInt64Array, { selection, count }: RowRange, target: Int32Array, { width, at }: WordPlace): void {
  for (let k = 0, to = at; k < count; k++, to += width) {
    const value = values[selection === null ? k : selection[k]]
    target[to] = highWordOf(value)
    target[to + 1] = lowWordOf(value)
  }
}

function writeDoubles(values: Float64Array, { selection, count }: RowRange, target: Int32Array, { width, at }: WordPlace): void {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  for (let k = 0, to = at; k < count; k++, to += width) {
    const row = selection === null ? k : selection[k]
    target[to] = words[2 * row + 1]
    target[to + 1] = words[2 * row]
  }
}

/** The value under a null is the same for all. */
function writeNulls(
  nulls: Uint8Array,
  { selection, count }: RowRange,
  target: Int32Array,
  { width, at, nullAt, nullBit }: WordPlace,
): void {
  for (let k = 0, tuple = 0; k < count; k++, tuple += width) {
    if (nulls[selection === null ? k : selection[k]] === 0) continue
    target[tuple + nullAt] |= 1 << nullBit
    target[tuple + at] = 0
    target[tuple + at + 1] = 0
  }
}
