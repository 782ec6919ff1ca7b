import { type CodedColumn, type Column, decimalType, readDecimal, rescale, type Unscaled, type WideInt64Column } from '@millrace/columnar'
import { writeLong, writeWords } from './avro-number.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { WriteCell } from './row-shape.ts'

/** Which branch of the union `["null", T]` follows. */
export const BRANCH = { null: 0, value: 2 } as const

/** Writes the values of a column that has nulls, each with its branch of the union. */
export function nullableWriter(nulls: Uint8Array, write: WriteCell): WriteCell {
  return (writer, row) => {
    writer.reserve(1)
    if (nulls[row] === 1) writer.bytes[writer.at++] = BRANCH.null
    else {
      writer.bytes[writer.at++] = BRANCH.value
      write(writer, row)
    }
  }
}

/** Writes the values of a column in Avro's binary encoding, without branches: times as milliseconds, decimals as their units in two's complement. */
export function avroWriter(column: Column, type: string): WriteCell {
  switch (column.kind) {
    case 'boolean':
      return (writer, row) => {
        writer.reserve(1)
        writer.bytes[writer.at++] = column.values[row]
      }
    case 'int64':
      return column.safe ? (writer, row) => writeLong(writer, column.values[row]) : wideWriter(column)
    case 'int32':
    case 'date':
    case 'timestamp':
      return (writer, row) => writeLong(writer, column.values[row])
    case 'double':
      return (writer, row) => {
        writer.reserve(8)
        writer.at = writer.bytes.writeDoubleLE(column.values[row], writer.at)
      }
    default:
      return type.startsWith('decimal(') ? decimalWriter(column, type) : codedWriter(column)
  }
}

function wideWriter({ values }: WideInt64Column): WriteCell {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  return (writer, row) => writeWords(writer, words[row * 2 + 1], words[row * 2])
}

function codedWriter({ codes, dictionary: { bytes, offsets } }: CodedColumn): WriteCell {
  return (writer, row) => {
    const from = offsets[codes[row]]
    const to = offsets[codes[row] + 1]
    writeLong(writer, to - from)
    writer.copy(bytes, from, to)
  }
}

/** Each entry is looked at once, however many rows have it. */
function decimalWriter({ codes, dictionary }: CodedColumn, type: string): WriteCell {
  const { scale } = decimalType(type)
  const units: (Uint8Array | undefined)[] = new Array(dictionary.size)
  return (writer: ByteWriter, row) => {
    const code = codes[row]
    const known = units[code] ?? twosComplement(rescale(readDecimal(dictionary.text(code)) as Unscaled, scale))
    units[code] = known
    writeLong(writer, known.length)
    writer.copy(known)
  }
}

/** The fewest bytes that hold a whole number, the highest first. */
function twosComplement(value: bigint): Uint8Array {
  let bits = 8
  while (BigInt.asIntN(bits, value) !== value) bits += 8
  const digits = BigInt.asUintN(bits, value).toString(16)
  return Buffer.from(digits.padStart(bits / 4, '0'), 'hex')
}
