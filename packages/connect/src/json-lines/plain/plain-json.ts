import type { Batch, Field, Value } from '@millrace/columnar'
import type { IngestField } from '../../ingest/ingest-field.ts'
import type { RowStore } from '../../ingest/row-store.ts'
import { type FieldReader, fieldReader } from '../field-reader.ts'
import { behindNull, NOT_PLAIN, type PlainColumn } from './plain-column.ts'
import { PlainFlag } from './plain-flag.ts'
import { PlainNumber } from './plain-number.ts'
import { PlainText, textEnd } from './plain-text.ts'
import { PlainTime } from './plain-time.ts'

const QUOTE = 0x22
const COLON = 0x3a
const COMMA = 0x2c
const BEGIN = 0x7b
const END = 0x7d
const OTHER = -1

/** A member's name as it stands in a record, with its quotes and colon, and the place of the field; `OTHER` is none. */
interface Name {
  readonly bytes: Uint8Array
  readonly place: number
}

/**
 * Reads flat JSON objects as programs write them, without spaces, out of their bytes straight into columns: no object and no text is made of a record. What takes
 * a closer look is left to `JsonRecord`, whose values `add` takes. Members in the order of the record before are found without a search.
 */
export class PlainJson implements RowStore {
  readonly #fields: readonly Field[]
  readonly #readers: readonly FieldReader[]
  readonly #columns: readonly PlainColumn[]
  readonly #places: ReadonlyMap<string, number>
  /** By member of the record before. */
  readonly #order: Name[] = []
  /** By field: the number of the last look that found it. */
  readonly #seen: Int32Array
  #rows = 0
  /** Counts the looks at records of a block, from 1: a record that was given up has another number than the row that it becomes. */
  #looks = 0

  /** Undefined where a field is of a type, or under a check, that takes a closer look in every record. */
  static of(stream: { readonly fields: readonly IngestField[]; readonly eventTime: string }): PlainJson | undefined {
    const readers = stream.fields.map((field) => fieldReader(field, stream.eventTime))
    const columns = readers.flatMap((reader) => columnOf(reader) ?? [])
    return columns.length === readers.length ? new PlainJson(stream.fields, readers, columns) : undefined
  }

  private constructor(fields: readonly IngestField[], readers: readonly FieldReader[], columns: readonly PlainColumn[]) {
    this.#fields = fields.map(({ name, type, nullable }) => ({ name, type, nullable: nullable === true }))
    this.#readers = readers
    this.#columns = columns
    this.#places = new Map(fields.map(({ name }, place) => [name, place]))
    this.#seen = new Int32Array(fields.length)
  }

  get size(): number {
    return this.#rows
  }

  /** Takes the record `bytes[from, to)`, valid UTF-8, as a row; false where it takes a closer look, and nothing is taken. */
  read(bytes: Buffer, from: number, to: number): boolean {
    this.#looks++
    const end = this.#members(bytes, from)
    if (end !== to || !this.#missing()) return false
    this.#rows++
    return true
  }

  add(values: readonly Value[]): void {
    for (const [place, column] of this.#columns.entries()) column.set(this.#rows, values[place])
    this.#rows++
  }

  take(): Batch {
    const rows = this.#rows
    this.#rows = 0
    // Counted on for ever, looks would leave the 32 bits of those that were seen.
    this.#looks = 0
    this.#seen.fill(0)
    return { rows, fields: this.#fields, columns: this.#columns.map((column) => column.take(rows)) }
  }

  #members(bytes: Buffer, from: number): number {
    if (bytes[from] !== BEGIN) return NOT_PLAIN
    let at = from + 1
    for (let member = 0; ; member++) {
      const name = this.#nameAt(bytes, at, member)
      if (name === undefined) return NOT_PLAIN
      at = this.#value(bytes, at + name.bytes.length, name.place)
      if (at === NOT_PLAIN) return NOT_PLAIN
      if (bytes[at] === END) return at + 1
      if (bytes[at] !== COMMA) return NOT_PLAIN
      at++
    }
  }

  #value(bytes: Buffer, at: number, place: number): number {
    if (place === OTHER) return behindOther(bytes, at)
    // Of members with one name the last counts: it is put over those before.
    this.#seen[place] = this.#looks
    const behind = behindNull(bytes, at)
    if (behind === NOT_PLAIN) return this.#columns[place].read(this.#rows, bytes, at)
    if (!this.#readers[place].nullable) return NOT_PLAIN
    this.#columns[place].set(this.#rows, null)
    return behind
  }

  /** Fields that the record does not have are null; false where one may not be. */
  #missing(): boolean {
    for (let place = 0; place < this.#seen.length; place++) {
      if (this.#seen[place] === this.#looks) continue
      if (!this.#readers[place].nullable) return false
      this.#columns[place].set(this.#rows, null)
    }
    return true
  }

  #nameAt(bytes: Buffer, at: number, member: number): Name | undefined {
    const likely = this.#order[member]
    if (likely !== undefined && holds(bytes, at, likely.bytes)) return likely
    const end = textEnd(bytes, at)
    if (end === NOT_PLAIN || bytes[end + 1] !== COLON) return undefined
    const name = {
      bytes: Uint8Array.from(bytes.subarray(at, end + 2)),
      place: this.#places.get(bytes.toString('utf8', at + 1, end)) ?? OTHER,
    }
    this.#order[member] = name
    return name
  }
}

function columnOf(field: FieldReader): PlainColumn | undefined {
  switch (field.type) {
    case 'int32':
    case 'int64':
    case 'double':
      return new PlainNumber(field.type, field)
    case 'timestamp':
      return new PlainTime(field)
    case 'boolean':
      return new PlainFlag()
    case 'string':
      return field.takesAll ? new PlainText() : undefined
    default:
      return undefined
  }
}

function holds(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false
  return true
}

const DIGITS = { first: 0x30, last: 0x39 }
const NUMBER_SIGNS: ReadonlySet<number> = new Set([0x2b, 0x2d, 0x2e, 0x45, 0x65])
const MINUS = 0x2d

/** The place behind a text or whole number that no field takes; other values take a closer look. */
function behindOther(bytes: Uint8Array, at: number): number {
  if (bytes[at] === QUOTE) {
    const end = textEnd(bytes, at)
    return end === NOT_PLAIN ? NOT_PLAIN : end + 1
  }
  const first = bytes[at] === MINUS ? at + 1 : at
  let end = first
  while (bytes[end] >= DIGITS.first && bytes[end] <= DIGITS.last) end++
  const isNumber = end > first && (end === first + 1 || bytes[first] !== DIGITS.first) && !NUMBER_SIGNS.has(bytes[end])
  return isNumber ? end : NOT_PLAIN
}
