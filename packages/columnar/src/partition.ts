import { BatchFormatError } from './batch-format-error.ts'
import { type Batch, type CodedColumn, type Column, columnOf } from './column.ts'
import { copyBytes } from './dictionary.ts'
import { murmur2, partitionOf } from './murmur2.ts'
import { takeRows, unknownColumn } from './take.ts'
import { valueAt } from './value.ts'

const SEPARATOR = 0x00
const NULL_KEY = Uint8Array.of(0x01)

/**
 * The partition of every row by murmur2 of its key bytes. The key bytes are the UTF-8 of a single text key; otherwise the text forms of
 * the values joined by the byte 0x00, where null is the byte 0x01 (times are epoch ms, dates days, bytes stay bytes). No key: partition 0.
 *
 * @throws BatchFormatError `columnar/unknown-column`
 */
export function keyPartitions(batch: Batch, keyNames: readonly string[], partitions: number): Int32Array {
  const keys = keyColumns(batch, keyNames)
  if (partitions === 1 || keys.length === 0) return new Int32Array(batch.rows)
  const only = keys[0]
  if (keys.length === 1 && (only.kind === 'string' || only.kind === 'bytes')) return codedPartitions(only, batch.rows, partitions)
  return rowPartitions(keys, batch.rows, partitions)
}

/**
 * The key bytes of a row, of which `keyPartitions` takes the hash, as a view where it can be one; undefined without a key.
 *
 * @throws BatchFormatError `columnar/unknown-column`
 */
export function rowKeys(batch: Batch, keyNames: readonly string[]): (row: number) => Uint8Array | undefined {
  const keys = keyColumns(batch, keyNames)
  if (keys.length === 0) return () => undefined
  const [first, ...others] = keys
  if (others.length === 0) return (row) => keyBytes(first, row)
  const separator = Uint8Array.of(SEPARATOR)
  return (row) => Buffer.concat([keyBytes(first, row), ...others.flatMap((column) => [separator, keyBytes(column, row)])])
}

/** The rows of each partition, in their order; undefined where a partition has none. A batch that lies in one partition is not copied. */
export function splitByPartition(batch: Batch, partitionOfRow: Int32Array, partitions: number): (Batch | undefined)[] {
  const parts: (Batch | undefined)[] = new Array(partitions).fill(undefined)
  const counts = new Int32Array(partitions)
  for (let row = 0; row < batch.rows; row++) {
    const partition = partitionOfRow[row]
    if (!(partition >= 0 && partition < partitions)) {
      throw new BatchFormatError('columnar/partition-out-of-range', `Row ${row} has partition ${partition} of ${partitions}.`)
    }
    counts[partition]++
  }
  const rowsOf = Array.from(counts, (count) => new Int32Array(count === batch.rows ? 0 : count))
  const filled = new Int32Array(partitions)
  for (let row = 0; row < batch.rows; row++) {
    const partition = partitionOfRow[row]
    rowsOf[partition][filled[partition]++] = row
  }
  for (let partition = 0; partition < partitions; partition++) {
    if (counts[partition] === 0) continue
    parts[partition] = counts[partition] === batch.rows ? batch : takeRows(batch, rowsOf[partition])
  }
  return parts
}

function keyColumns(batch: Batch, keyNames: readonly string[]): Column[] {
  return keyNames.map((name) => {
    const column = columnOf(batch, name)
    if (column !== undefined) return column
    throw unknownColumn(
      name,
      batch.fields.map((field) => field.name),
    )
  })
}

function codedPartitions(column: CodedColumn, rows: number, partitions: number): Int32Array {
  const { bytes, offsets, size } = column.dictionary
  const ofCode = new Int32Array(size)
  for (let code = 0; code < size; code++) ofCode[code] = partitionOf(murmur2(bytes, offsets[code], offsets[code + 1]), partitions)
  const ofNull = partitionOf(murmur2(NULL_KEY), partitions)
  const ofRow = new Int32Array(rows)
  const { codes, nulls } = column
  for (let row = 0; row < rows; row++) ofRow[row] = nulls !== null && nulls[row] === 1 ? ofNull : ofCode[codes[row]]
  return ofRow
}

function rowPartitions(keys: readonly Column[], rows: number, partitions: number): Int32Array {
  const ofRow = new Int32Array(rows)
  let scratch = new Uint8Array(256)
  for (let row = 0; row < rows; row++) {
    let end = 0
    for (let place = 0; place < keys.length; place++) {
      const part = keyBytes(keys[place], row)
      if (end + part.length + 1 > scratch.length) scratch = enlarged(scratch, end + part.length + 1)
      if (place > 0) scratch[end++] = SEPARATOR
      copyBytes(part, 0, part.length, scratch, end)
      end += part.length
    }
    ofRow[row] = partitionOf(murmur2(scratch, 0, end), partitions)
  }
  return ofRow
}

function keyBytes(column: Column, row: number): Uint8Array {
  if (column.nulls !== null && column.nulls[row] === 1) return NULL_KEY
  if (column.kind === 'string' || column.kind === 'bytes') return column.dictionary.entry(column.codes[row])
  return Buffer.from(String(valueAt(column, row)), 'latin1')
}

function enlarged(bytes: Uint8Array<ArrayBuffer>, lengthMin: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(lengthMin, bytes.length * 2))
  larger.set(bytes)
  return larger
}
