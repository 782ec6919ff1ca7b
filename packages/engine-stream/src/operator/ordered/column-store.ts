import {
  type CodedColumn,
  type Column,
  columnKind,
  copyBytes,
  Dictionary,
  DictionaryBuilder,
  takeColumn,
  valueAt,
} from '@millrace/columnar'
import { bytesIn, grown } from '../window/growable.ts'

/** The values of one column of rows that are kept, by their ids. */
export interface ColumnStore {
  /** Bytes that it takes in memory. */
  readonly bytes: number
  /** Adds all values of a column, those of the rows from `size` on. */
  append(column: Column, rows: number): void
  /** The values of the rows with these ids. */
  take(ids: Int32Array): Column
  /** The values of rows one after the other, for a page: a dictionary may hold a text twice. */
  slice(first: number, rows: number): Column
  /** All values, each at its id: to compare with, as long as nothing is added. */
  view(): Column
  /** Whether the row with this id has the value that the column has at `row`. */
  equals(id: number, column: Column, row: number): boolean
}

export function columnStore(type: string): ColumnStore {
  const kind = columnKind(type)
  return kind === 'string' || kind === 'bytes' ? new TextStore(kind) : new NumberStore(kind as NumberKind)
}

type NumberKind = Exclude<Column['kind'], 'string' | 'bytes'>
type Numbers = Float64Array | Int32Array | Uint8Array

/** Which of the values are null; nothing is kept while none is. */
class NullFlags {
  #flags: Uint8Array | null = null

  append({ nulls }: Column, size: number, rows: number): void {
    if (nulls === null && this.#flags === null) return
    this.#flags = grown(this.#flags ?? new Uint8Array(size + rows), size + rows)
    if (nulls !== null) this.#flags.set(nulls.subarray(0, rows), size)
  }

  /** Of the rows with these ids. */
  taken(ids: Int32Array): Uint8Array | null {
    const flags = this.#flags
    if (flags === null) return null
    const taken = Uint8Array.from(ids, (id) => flags[id])
    return taken.includes(1) ? taken : null
  }

  get bytes(): number {
    return this.#flags?.byteLength ?? 0
  }

  /** By id, with room for more; null while nothing is null. */
  get flags(): Uint8Array | null {
    return this.#flags
  }
}

class NumberStore implements ColumnStore {
  readonly #kind: NumberKind
  readonly #nulls = new NullFlags()
  #size = 0
  #values: Numbers
  /** Set once an int64 came that a double cannot hold. */
  #wide: BigInt64Array | null = null

  constructor(kind: NumberKind) {
    this.#kind = kind
    this.#values = kind === 'boolean' ? new Uint8Array(64) : kind === 'int32' || kind === 'date' ? new Int32Array(64) : new Float64Array(64)
  }

  get bytes(): number {
    return bytesIn(this.#values) + (this.#wide?.byteLength ?? 0) + this.#nulls.bytes
  }

  append(column: Column, rows: number): void {
    this.#nulls.append(column, this.#size, rows)
    if (column.kind === 'int64' && !column.safe) this.#wide ??= BigInt64Array.from(this.#values as Float64Array, BigInt)
    if (this.#wide !== null) this.#appendWide(column, rows)
    else {
      this.#values = grown(this.#values, this.#size + rows)
      this.#values.set((column as Column & { readonly values: Numbers }).values.subarray(0, rows), this.#size)
    }
    this.#size += rows
  }

  #appendWide(column: Column, rows: number): void {
    let wide = this.#wide as BigInt64Array
    if (wide.length < this.#size + rows) {
      wide = new BigInt64Array(Math.max(this.#size + rows, wide.length * 2))
      wide.set(this.#wide as BigInt64Array)
      this.#wide = wide
    }
    const { values } = column as Column & { readonly values: Float64Array | BigInt64Array }
    for (let row = 0; row < rows; row++) wide[this.#size + row] = BigInt(values[row])
  }

  take(ids: Int32Array): Column {
    return takeColumn(this.view(), ids)
  }

  slice(first: number, rows: number): Column {
    const { values, ...rest } = this.view() as Column & { readonly values: Float64Array }
    return { ...rest, values: values.subarray(first, first + rows), nulls: this.#nulls.flags?.slice(first, first + rows) ?? null } as Column
  }

  view(): Column {
    const nulls = this.#nulls.flags
    if (this.#wide !== null) return { kind: 'int64', safe: false, values: this.#wide, nulls }
    const safe = this.#kind === 'int64' ? { safe: true } : {}
    return { kind: this.#kind, ...safe, values: this.#values, nulls } as Column
  }

  equals(id: number, column: Column, row: number): boolean {
    return valueAt(this.view(), id) === valueAt(column, row)
  }
}

/** Texts and bytes: those that came together are kept once where they are equal. */
class TextStore implements ColumnStore {
  readonly #kind: 'string' | 'bytes'
  readonly #nulls = new NullFlags()
  #size = 0
  /** By row id: its entry; that of null is any. */
  #entries = new Int32Array(64)
  #entryCount = 0
  /** Entry `i` is `bytes[offsets[i], offsets[i + 1])`. */
  #offsets = new Uint32Array(65)
  #bytes = new Uint8Array(1024)

  constructor(kind: 'string' | 'bytes') {
    this.#kind = kind
  }

  get bytes(): number {
    return bytesIn(this.#entries, this.#offsets, this.#bytes) + this.#nulls.bytes
  }

  append(column: Column, rows: number): void {
    const { codes, dictionary, nulls } = column as CodedColumn
    this.#nulls.append(column, this.#size, rows)
    this.#entries = grown(this.#entries, this.#size + rows)
    const entryOf = new Int32Array(dictionary.size)
    for (let row = 0; row < rows; row++) {
      if (nulls !== null && nulls[row] === 1) continue
      const code = codes[row]
      if (entryOf[code] === 0) entryOf[code] = this.#add(dictionary, code) + 1
      this.#entries[this.#size + row] = entryOf[code] - 1
    }
    this.#size += rows
  }

  #add({ bytes, offsets }: Dictionary, code: number): number {
    const entry = this.#entryCount++
    const start = this.#offsets[entry]
    const end = start + offsets[code + 1] - offsets[code]
    this.#offsets = grown(this.#offsets, entry + 2)
    this.#bytes = grown(this.#bytes, end)
    copyBytes(bytes, offsets[code], offsets[code + 1], this.#bytes, start)
    this.#offsets[entry + 1] = end
    return entry
  }

  /** Entries of a column are distinct, those kept need not be. */
  take(ids: Int32Array): Column {
    const builder = new DictionaryBuilder()
    const codes = new Int32Array(ids.length)
    const nulls = this.#nulls.taken(ids)
    let last = -1
    let code = 0
    for (let place = 0; place < ids.length; place++) {
      if (nulls !== null && nulls[place] === 1) continue
      const entry = this.#entries[ids[place]]
      if (entry !== last) code = builder.codeOf(this.#bytes, this.#offsets[entry], this.#offsets[entry + 1])
      last = entry
      codes[place] = code
    }
    return { kind: this.#kind, codes, dictionary: builder.build(), nulls }
  }

  /** Rows have entries that they share with others that came with them, so those of a page stand close together. */
  slice(first: number, rows: number): Column {
    const nulls = this.#nulls.flags?.slice(first, first + rows) ?? null
    const entries = this.#entries.slice(first, first + rows)
    let [least, end] = [this.#entryCount, 0]
    for (let row = 0; row < rows; row++) {
      if (nulls !== null && nulls[row] === 1) continue
      if (entries[row] < least) least = entries[row]
      if (entries[row] >= end) end = entries[row] + 1
    }
    if (end === 0) least = 0
    const codes = entries.map((entry, row) => (nulls?.[row] === 1 ? 0 : entry - least))
    return { kind: this.#kind, codes, dictionary: new Dictionary(this.#bytes, this.#offsets.subarray(least, end + 1)), nulls }
  }

  view(): Column {
    return { kind: this.#kind, codes: this.#entries, dictionary: this.#dictionary, nulls: this.#nulls.flags }
  }

  get #dictionary(): Dictionary {
    return new Dictionary(this.#bytes, this.#offsets)
  }

  equals(id: number, column: Column, row: number): boolean {
    const { codes, dictionary, nulls } = column as CodedColumn
    const isNull = this.#nulls.flags?.[id] === 1
    if (isNull || nulls?.[row] === 1) return isNull && nulls?.[row] === 1
    return Buffer.compare(this.#dictionary.entry(this.#entries[id]), dictionary.entry(codes[row])) === 0
  }
}
