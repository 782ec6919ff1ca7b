import type { DuckDBVector } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import type { Dictionary, EntryCoder } from '@millrace/columnar'

/*
 * An entry is 16 bytes: its length (4), then the text itself up to 12 bytes, or its first 4 bytes and a pointer (8).
 *
 * The driver reads behind one pointer a call, which costs more than all else. Texts of a chunk lie in few blocks, one behind the other,
 * so those that follow each other closely are read in one call: a run. What lies between two texts of a run is never used, and may be
 * read: it is less than a page, so each of its bytes is on the page of the text before or of the text behind.
 */
const ENTRY_BYTES = 16
const ENTRY_WORDS = 4
const PLACED_BYTES_MAX = 12
const PAGE_BYTES_MIN = 4096
const RUN_BYTES_MAX = 64 * 1024 * 1024
const WORD_RANGE = 2 ** 32
const NOTHING = new Uint8Array(0)

/** A text or bytes as they lie in memory: row `row` of the vector is `bytes[from, to)`. */
type TextVisitor = (row: number, bytes: Uint8Array, from: number, to: number) => void

/** Visits the texts or bytes of a vector in order; rows whose null is 1 are left out. */
function visitTexts(vector: DuckDBVector, nulls: Uint8Array | undefined, visit: TextVisitor): void {
  const rows = vector.itemCount
  const view = viewOf(vector)
  const placed = new Uint8Array(view.buffer, view.byteOffset, rows * ENTRY_BYTES)
  const words = wordsOf(vector)
  for (let from = 0; from < rows; ) {
    const run = runFrom(words, from, nulls)
    const behind = run.first < 0 ? NOTHING : bytesAt(view, run)
    for (let row = from; row < run.to; row++) {
      if (nulls?.[row] === 1) continue
      const length = words[row * ENTRY_WORDS]
      const start = length > PLACED_BYTES_MAX ? pointerOf(words, row) - run.start : row * ENTRY_BYTES + 4
      visit(row, length > PLACED_BYTES_MAX ? behind : placed, start, start + length)
    }
    from = run.to
  }
}

/** Texts or bytes of all vectors, in order, as codes; 0 under nulls. */
export function textCodes(
  vectors: readonly DuckDBVector[],
  { rows, nulls, coder }: { readonly rows: number; readonly nulls: Uint8Array | null; readonly coder: EntryCoder },
): { readonly codes: Int32Array; readonly dictionary: Dictionary } {
  const codes = new Int32Array(rows)
  let first = 0
  for (const vector of vectors) {
    const own = codes.subarray(first, first + vector.itemCount)
    visitTexts(vector, nulls?.subarray(first, first + vector.itemCount), (row, bytes, from, to) => {
      own[row] = coder.codeOf(bytes, from, to)
    })
    first += vector.itemCount
  }
  return { codes, dictionary: coder.take(rows) }
}

function viewOf(vector: DuckDBVector): DataView {
  return (vector as unknown as { readonly dataView: DataView }).dataView
}

function wordsOf(vector: DuckDBVector): Uint32Array {
  const view = viewOf(vector)
  return new Uint32Array(view.buffer, view.byteOffset, vector.itemCount * ENTRY_WORDS)
}

/** Rows `[…, to)` whose texts, where they lie behind pointers, lie in the bytes `[start, end)`; `first` is the row that points to the start, −1 where none points. */
interface Run {
  readonly to: number
  readonly first: number
  readonly start: number
  readonly end: number
}

function runFrom(words: Uint32Array, from: number, nulls: Uint8Array | undefined): Run {
  const rows = words.length / ENTRY_WORDS
  let [first, start, end] = [-1, 0, 0]
  let row = from
  for (; row < rows; row++) {
    const length = words[row * ENTRY_WORDS]
    if (length <= PLACED_BYTES_MAX || nulls?.[row] === 1) continue
    const pointer = pointerOf(words, row)
    if (first < 0) {
      first = row
      start = pointer
      end = pointer + length
      continue
    }
    // A text within the run, as those that share an entry of a dictionary, or closely behind it.
    if (pointer < start || pointer - end >= PAGE_BYTES_MIN || pointer + length - start > RUN_BYTES_MAX) break
    end = Math.max(end, pointer + length)
  }
  return { to: row, first, start, end }
}

function bytesAt(view: DataView, { first, start, end }: Run): Uint8Array {
  return duckdb.get_data_from_pointer(view.buffer as ArrayBuffer, view.byteOffset + first * ENTRY_BYTES + 8, end - start)
}

/** Addresses of a process are exact in a double. */
function pointerOf(words: Uint32Array, row: number): number {
  return words[row * ENTRY_WORDS + 2] + words[row * ENTRY_WORDS + 3] * WORD_RANGE
}
