import duckdb from '@duckdb/node-bindings'
import { type CodedColumn, type Column, type Dictionary, DictionaryBuilder } from '@millrace/columnar'
import { type Bounds, lowerBytes, lowerText, upperBytes, upperText } from '../format/bound.ts'
import { unscaledBytes } from '../format/single-value.ts'
import { ColumnBuffer, grown, VECTOR_ROWS_MAX, type VectorSource } from './column-buffer.ts'
import { gatherStrings, stringArena, stringScratch } from './string-arena.ts'

/** Distinct values up to which dictionaries of several batches are merged. */
const MERGED_ENTRIES_MAX = 40_000
/** With fewer rows for each entry of the batches' dictionaries, values hardly repeat and merging does not pay. */
const MERGED_ROWS_PER_ENTRY = 2
/** Rows before that is judged. */
const MERGED_ROWS_MIN = 8192
/**
 * An ENUM costs 1–2 µs an entry once and nearly nothing a row, plain strings cost 0.1–0.3 µs a row: measured, they meet near ten rows an entry.
 */
const ENUM_ROWS_PER_ENTRY = 10

/** Byte strings back to back; entry `i` is `bytes[offsets[i], offsets[i + 1])`. */
interface Entries {
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
  readonly size: number
}

const scratch = stringScratch(VECTOR_ROWS_MAX)

/** In what order the entries' least and greatest are looked for: as texts, as bytes, as decimals, or not at all. */
export type BoundsForm = 'text' | 'bytes' | 'decimal' | 'none'

/**
 * string and bytes. Dictionaries of the batches are merged while values repeat; when too many are distinct, further
 * dictionaries are set side by side, which needs no comparing.
 */
export class CodedBuffer extends ColumnBuffer {
  readonly #kind: 'string' | 'bytes'
  readonly #boundsForm: BoundsForm
  #codes = new Uint32Array(0)
  #merged: DictionaryBuilder | undefined = new DictionaryBuilder()
  #apart: Entries[] = []
  #entries = 0
  #bytes = 0
  /** Dictionary entries looked at so far. */
  #seen = 0
  /** The last dictionary seen with our code of each of its entries (−1 = not used yet): batches of one reader often share it. */
  #last: { readonly dictionary: Dictionary; readonly codes: Int32Array } | undefined

  constructor(kind: 'string' | 'bytes', boundsForm: BoundsForm) {
    super()
    this.#kind = kind
    this.#boundsForm = boundsForm
  }

  get extraBytes(): number {
    return this.#bytes
  }

  override clear(): void {
    super.clear()
    this.#merged = new DictionaryBuilder()
    this.#apart = []
    this.#entries = 0
    this.#bytes = 0
    this.#seen = 0
    this.#last = undefined
  }

  bounds(): Bounds {
    if (this.#boundsForm === 'none') return {}
    if (this.#boundsForm === 'decimal') return decimalBounds(this.#parts())
    let least: Uint8Array | undefined
    let greatest: Uint8Array | undefined
    for (const part of this.#parts()) {
      if (part.size === 0) continue
      const [low, high] = extremes(part)
      if (least === undefined || Buffer.compare(low, least) < 0) least = low
      if (greatest === undefined || Buffer.compare(high, greatest) > 0) greatest = high
    }
    if (least === undefined || greatest === undefined) return {}
    return this.#boundsForm === 'text'
      ? { lower: lowerText(least), upper: upperText(greatest) }
      : { lower: lowerBytes(least), upper: upperBytes(greatest) }
  }

  source(): VectorSource {
    const parts = this.#parts()
    const texts =
      this.#kind === 'string' && parts.length === 1 && this.#entries * ENUM_ROWS_PER_ENTRY <= this.size ? enumTexts(parts[0]) : undefined
    return texts === undefined ? this.#plainSource(parts) : this.#enumSource(texts)
  }

  protected grow(size: number): void {
    this.#codes = grown(this.#codes, size)
  }

  protected appendValues(column: Column, rows: number): void {
    const coded = column as CodedColumn
    if (this.#merged === undefined) this.#appendApart(coded, rows)
    else this.#appendMerged(this.#merged, coded, rows)
  }

  #appendMerged(merged: DictionaryBuilder, { codes, dictionary, nulls }: CodedColumn, rows: number): void {
    if (this.#last?.dictionary !== dictionary) {
      this.#last = { dictionary, codes: new Int32Array(dictionary.size).fill(-1) }
      this.#seen += dictionary.size
    }
    const known = this.#last.codes
    const { bytes, offsets } = dictionary
    const target = this.#codes
    const end = this.size + rows
    if (dictionary.size === 1 && nulls === null && rows > 0) {
      if (known[0] < 0) known[0] = this.#merge(merged, bytes, offsets[0], offsets[1])
      target.fill(known[0], this.size, end)
    } else {
      for (let row = 0, at = this.size; row < rows; row++, at++) {
        if (nulls !== null && nulls[row] === 1) {
          target[at] = 0
          continue
        }
        const code = codes[row]
        let own = known[code]
        if (own < 0) known[code] = own = this.#merge(merged, bytes, offsets[code], offsets[code + 1])
        target[at] = own
      }
    }
    if (merged.size <= MERGED_ENTRIES_MAX && !this.#isVaried(end)) return
    this.#apart = [entriesOf(merged.build())]
    this.#merged = undefined
    this.#last = undefined
  }

  #isVaried(rows: number): boolean {
    return rows >= MERGED_ROWS_MIN && this.#seen * MERGED_ROWS_PER_ENTRY > rows
  }

  #merge(merged: DictionaryBuilder, bytes: Uint8Array, from: number, to: number): number {
    const code = merged.codeOf(bytes, from, to)
    if (code === this.#entries) {
      this.#entries++
      this.#bytes += to - from
    }
    return code
  }

  #appendApart({ codes, dictionary, nulls }: CodedColumn, rows: number): void {
    if (this.#last?.dictionary !== dictionary) {
      const { bytes, offsets } = dictionary
      const first = offsets[0]
      const end = offsets[dictionary.size]
      this.#apart.push({ bytes: bytes.slice(first, end), offsets: offsets.map((offset) => offset - first), size: dictionary.size })
      this.#last = { dictionary, codes: Int32Array.of(this.#entries) }
      this.#entries += dictionary.size
      this.#bytes += end - first
    }
    const base = this.#last.codes[0]
    const target = this.#codes
    let at = this.size
    for (let row = 0; row < rows; row++, at++) target[at] = nulls !== null && nulls[row] === 1 ? 0 : base + codes[row]
  }

  #parts(): readonly Entries[] {
    return this.#merged === undefined ? this.#apart : [entriesOf(this.#merged.build())]
  }

  #enumSource(texts: readonly string[]): VectorSource {
    const type = duckdb.create_enum_type(texts)
    const codes = narrowed(this.#codes.subarray(0, this.size), texts.length)
    const width = codes.BYTES_PER_ELEMENT
    return {
      type,
      copy: (vector, from, count) => {
        duckdb.copy_data_to_vector(vector, 0, codes.buffer as ArrayBuffer, codes.byteOffset + from * width, count * width)
        this.copyNulls(vector, from, count)
      },
    }
  }

  #plainSource(parts: readonly Entries[]): VectorSource {
    const { bytes, offsets, size } = joined(parts)
    const arena = stringArena(bytes, offsets, size)
    return {
      type: duckdb.create_logical_type(this.#kind === 'string' ? duckdb.Type.VARCHAR : duckdb.Type.BLOB),
      copy: (vector, from, count) => {
        gatherStrings(arena.strings, this.#codes, from, count, scratch)
        duckdb.copy_data_to_vector(vector, 0, scratch.buffer as ArrayBuffer, 0, count * 16)
        this.copyNulls(vector, from, count)
      },
    }
  }
}

/** Texts of decimals of one scale, as the numbers they are. */
function decimalBounds(parts: readonly Entries[]): Bounds {
  let least: bigint | undefined
  let greatest: bigint | undefined
  for (const { bytes, offsets, size } of parts) {
    const held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let entry = 0; entry < size; entry++) {
      const value = BigInt(held.toString('latin1', offsets[entry], offsets[entry + 1]).replace('.', ''))
      if (least === undefined || value < least) least = value
      if (greatest === undefined || value > greatest) greatest = value
    }
  }
  if (least === undefined || greatest === undefined) return {}
  return { lower: unscaledBytes(least), upper: unscaledBytes(greatest) }
}

function entriesOf({ bytes, offsets, size }: Dictionary): Entries {
  return { bytes, offsets, size }
}

function joined(parts: readonly Entries[]): Entries {
  if (parts.length === 1) return parts[0]
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.offsets[part.size], 0))
  const offsets = new Uint32Array(size + 1)
  let entry = 0
  let at = 0
  for (const part of parts) {
    bytes.set(part.bytes.subarray(0, part.offsets[part.size]), at)
    for (let i = 1; i <= part.size; i++) offsets[++entry] = at + part.offsets[i]
    at += part.offsets[part.size]
  }
  return { bytes, offsets, size }
}

/** The texts of an ENUM type, or undefined where it cannot hold them: its C interface ends texts at NUL, and it must not see two alike. */
function enumTexts({ bytes, offsets, size }: Entries): string[] | undefined {
  if (size === 0) return undefined
  const held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (held.subarray(0, offsets[size]).includes(0)) return undefined
  const texts: string[] = new Array(size)
  for (let entry = 0; entry < size; entry++) {
    const text = held.toString('utf8', offsets[entry], offsets[entry + 1])
    if (text.includes('\uFFFD')) return undefined
    texts[entry] = text
  }
  return texts
}

/** Codes in the width that an ENUM of `size` entries has. */
function narrowed(codes: Uint32Array, size: number): Uint8Array | Uint16Array | Uint32Array {
  if (size <= 0xff) return Uint8Array.from(codes)
  return size <= 0xffff ? Uint16Array.from(codes) : codes
}

/** The entries that sort first and last by their bytes. */
function extremes({ bytes, offsets, size }: Entries): [Uint8Array, Uint8Array] {
  let low = 0
  let high = 0
  for (let entry = 1; entry < size; entry++) {
    if (compareEntries(bytes, offsets, entry, low) < 0) low = entry
    else if (compareEntries(bytes, offsets, entry, high) > 0) high = entry
  }
  return [bytes.subarray(offsets[low], offsets[low + 1]), bytes.subarray(offsets[high], offsets[high + 1])]
}

function compareEntries(bytes: Uint8Array, offsets: Uint32Array, left: number, right: number): number {
  const [from, other] = [offsets[left], offsets[right]]
  const [length, otherLength] = [offsets[left + 1] - from, offsets[right + 1] - other]
  const shared = Math.min(length, otherLength)
  for (let i = 0; i < shared; i++) if (bytes[from + i] !== bytes[other + i]) return bytes[from + i] - bytes[other + i]
  return length - otherLength
}
