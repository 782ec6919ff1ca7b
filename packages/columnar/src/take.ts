import { BatchFormatError } from './batch-format-error.ts'
import type { Batch, CodedColumn, Column } from './column.ts'
import { int64Column } from './int64.ts'

/** The given rows, in the given order; a row may occur again. Dictionaries keep only the entries that are used. */
export function takeRows(batch: Batch, rows: Int32Array): Batch {
  return { rows: rows.length, fields: batch.fields, columns: batch.columns.map((column) => takeColumn(column, rows)) }
}

/** The given rows of one column, as `takeRows`. */
export function takeColumn(column: Column, rows: Int32Array): Column {
  const nulls = takeNulls(column.nulls, rows)
  switch (column.kind) {
    case 'boolean':
      return { kind: column.kind, values: takeBytes(column.values, rows), nulls }
    case 'int32':
    case 'date':
      return { kind: column.kind, values: takeInts(column.values, rows), nulls }
    case 'double':
    case 'timestamp':
      return { kind: column.kind, values: takeDoubles(column.values, rows), nulls }
    case 'int64':
      if (column.safe) return { kind: 'int64', safe: true, values: takeDoubles(column.values, rows), nulls }
      return int64Column(takeWide(column.values, rows), nulls)
    default:
      if (column.nulls === null && column.dictionary.size === 1 && rows.length > 0) return { ...column, codes: new Int32Array(rows.length) }
      return compact(column, takeInts(column.codes, rows), nulls)
  }
}

/**
 * Takes of one column, one for each pair of neighbours in `starts`: the rows `order[starts[i]]` to `order[starts[i + 1] − 1]`. Unlike so
 * many calls of `takeColumn`, what it costs does not grow with the number of parts times the size of a dictionary.
 */
export function takeParts(column: Column, order: Int32Array, starts: Int32Array): Column[] {
  const coded = column.kind === 'string' || column.kind === 'bytes'
  const compactPart = coded ? partCompacter(column) : undefined
  const parts: Column[] = []
  for (let part = 0; part + 1 < starts.length; part++) {
    const rows = order.subarray(starts[part], starts[part + 1])
    parts.push(compactPart === undefined ? takeColumn(column, rows) : compactPart(rows))
  }
  return parts
}

/** Takes of a coded column with one table of new codes for all: what a take has put into it, it takes out again. */
function partCompacter(column: CodedColumn): (rows: Int32Array) => CodedColumn {
  const { kind, dictionary } = column
  const renumbered = new Int32Array(dictionary.size).fill(-1)
  const used = new Int32Array(dictionary.size)
  return (rows) => {
    const nulls = takeNulls(column.nulls, rows)
    const codes = new Int32Array(rows.length)
    let size = 0
    for (let i = 0; i < rows.length; i++) {
      if (nulls !== null && nulls[i] === 1) continue
      const code = column.codes[rows[i]]
      if (renumbered[code] < 0) {
        renumbered[code] = size
        used[size++] = code
      }
      codes[i] = renumbered[code]
    }
    for (let i = 0; i < size; i++) renumbered[used[i]] = -1
    return { kind, codes, dictionary: dictionary.pick(used.subarray(0, size)), nulls }
  }
}

/**
 * The named columns, in the order of the names.
 *
 * @throws BatchFormatError `columnar/unknown-column`
 */
export function selectColumns(batch: Batch, names: readonly string[]): Batch {
  const places = names.map((name) => {
    const place = batch.fields.findIndex((field) => field.name === name)
    if (place < 0)
      throw unknownColumn(
        name,
        batch.fields.map((field) => field.name),
      )
    return place
  })
  return { rows: batch.rows, fields: places.map((place) => batch.fields[place]), columns: places.map((place) => batch.columns[place]) }
}

export function unknownColumn(name: string, found: readonly string[]): BatchFormatError {
  return new BatchFormatError('columnar/unknown-column', `Column \`${name}\` was asked for; the batch has ${found.join(', ')}.`)
}

function takeNulls(nulls: Uint8Array | null, rows: Int32Array): Uint8Array | null {
  if (nulls === null) return null
  const taken = takeBytes(nulls, rows)
  return taken.includes(1) ? taken : null
}

/** Renumbers codes by first occurrence and drops entries that no row uses. */
function compact(column: CodedColumn, codes: Int32Array, nulls: Uint8Array | null): CodedColumn {
  const { kind, dictionary } = column
  const renumbered = new Int32Array(dictionary.size).fill(-1)
  const used = new Int32Array(Math.min(dictionary.size, codes.length))
  let size = 0
  let moved = false
  for (let row = 0; row < codes.length; row++) {
    if (nulls !== null && nulls[row] === 1) continue
    const code = codes[row]
    let place = renumbered[code]
    if (place < 0) {
      place = size++
      renumbered[code] = place
      used[place] = code
      moved ||= place !== code
    }
    codes[row] = place
  }
  if (!moved && size === dictionary.size) return { kind, codes, dictionary, nulls }
  return { kind, codes, dictionary: dictionary.pick(used.subarray(0, size)), nulls }
}

function takeBytes(values: Uint8Array, rows: Int32Array): Uint8Array {
  const taken = new Uint8Array(rows.length)
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]]
  return taken
}

function takeInts(values: Int32Array, rows: Int32Array): Int32Array {
  const taken = new Int32Array(rows.length)
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]]
  return taken
}

function takeDoubles(values: Float64Array, rows: Int32Array): Float64Array {
  const taken = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]]
  return taken
}

function takeWide(values: BigInt64Array, rows: Int32Array): BigInt64Array {
  const taken = new BigInt64Array(rows.length)
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]]
  return taken
}
