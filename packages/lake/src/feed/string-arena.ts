import { endianness } from 'node:os'
import duckdb from '@duckdb/node-bindings'
import { bugError } from '@millrace/core'

/** Words of a `duckdb_string_t` (duckdb.h): length, then twelve bytes in place, or four bytes of prefix and a pointer. */
const STRING_WORDS = 4
const STRING_BYTES = 16
const INLINE_BYTES_MAX = 12
const TWO_32 = 4_294_967_296

/**
 * Distinct byte strings in memory that DuckDB owns, so that a row is filled in by copying sixteen bytes instead of by one
 * native call a value. `strings` holds a `duckdb_string_t` per entry; they are good as long as `owner` is reachable.
 */
export interface StringArena {
  readonly strings: Uint32Array
  /** The vector whose heap holds the bytes. */
  readonly owner: duckdb.Vector
}

/** An arena of the entries `bytes[offsets[i], offsets[i + 1])`. `bytes` is copied. */
export function stringArena(bytes: Uint8Array, offsets: Uint32Array, size: number): StringArena {
  if (endianness() !== 'LE') throw bugError('lake/big-endian', 'The lake writes strings for little-endian machines only.')
  const owner = duckdb.create_vector(duckdb.create_logical_type(duckdb.Type.BLOB), 1)
  // Shorter contents would be kept in the vector's own sixteen bytes and have no address.
  const held = bytes.length > INLINE_BYTES_MAX ? bytes : Buffer.concat([bytes, Buffer.alloc(STRING_BYTES)])
  duckdb.vector_assign_string_element_len(owner, 0, held)
  const head = duckdb.vector_get_data(owner, STRING_BYTES)
  const address = new DataView(head.buffer, head.byteOffset, STRING_BYTES)
  const low = address.getUint32(8, true)
  const high = address.getUint32(12, true)
  const strings = new Uint32Array(STRING_WORDS * size)
  const inPlace = new Uint8Array(strings.buffer)
  for (let entry = 0; entry < size; entry++) {
    const from = offsets[entry]
    const length = offsets[entry + 1] - from
    const word = STRING_WORDS * entry
    strings[word] = length
    const shown = length <= INLINE_BYTES_MAX ? length : 4
    for (let i = 0; i < shown; i++) inPlace[4 * word + 4 + i] = bytes[from + i]
    if (length <= INLINE_BYTES_MAX) continue
    const pointer = low + from
    strings[word + 2] = pointer
    strings[word + 3] = high + (pointer >= TWO_32 ? Math.floor(pointer / TWO_32) : 0)
  }
  return { strings, owner }
}

/** Copies the strings of `codes[from, from + count)` to `target`, which then has the form of a string vector. */
export function gatherStrings(strings: Uint32Array, codes: Uint32Array, from: number, count: number, target: Uint32Array): void {
  for (let row = 0, at = 0; row < count; row++) {
    const word = STRING_WORDS * codes[from + row]
    target[at++] = strings[word]
    target[at++] = strings[word + 1]
    target[at++] = strings[word + 2]
    target[at++] = strings[word + 3]
  }
}

/** A reusable target for `gatherStrings` of up to `rows` rows. */
export function stringScratch(rows: number): Uint32Array {
  return new Uint32Array(STRING_WORDS * rows)
}
