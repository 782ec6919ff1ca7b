import {
  type DuckDBBlobValue,
  type DuckDBDataChunk,
  type DuckDBDateValue,
  type DuckDBDecimalValue,
  type DuckDBTimestampTZValue,
  DuckDBTypeId,
  type DuckDBVector,
} from '@duckdb/node-api'
import { decimalText } from '@millrace/columnar'
import type { Value } from '@millrace/core'
import { bugError } from '@millrace/core'

type Reader = (row: number) => Value

/** A chunk's rows as `Value`s: int64 a number when safe, timestamps epoch ms, dates days since 1970, bytes a Uint8Array. */
export function chunkRows(chunk: DuckDBDataChunk): Value[][] {
  const readers = Array.from({ length: chunk.columnCount }, (_, i) => vectorReader(chunk.getColumnVector(i)))
  return Array.from({ length: chunk.rowCount }, (_, row) => readers.map((read) => read(row)))
}

function vectorReader(vector: DuckDBVector): Reader {
  switch (vector.type.typeId) {
    case DuckDBTypeId.BOOLEAN:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.DOUBLE:
      return (row) => vector.getItem(row) as Value
    case DuckDBTypeId.BIGINT:
      return (row) => integerValue(vector.getItem(row) as bigint | null)
    case DuckDBTypeId.VARCHAR:
      return textReader(vector)
    case DuckDBTypeId.BLOB:
      return (row) => bytesValue(vector.getItem(row) as DuckDBBlobValue | null)
    case DuckDBTypeId.TIMESTAMP_TZ:
      return (row) => epochMs(vector.getItem(row) as DuckDBTimestampTZValue | null)
    case DuckDBTypeId.DATE:
      return (row) => (vector.getItem(row) as DuckDBDateValue | null)?.days ?? null
    case DuckDBTypeId.DECIMAL:
      return (row) => decimalValue(vector.getItem(row) as DuckDBDecimalValue | null)
    default:
      throw bugError('engine/result-type', `A result column has type ${vector.type}, which no plan type is printed as.`, {
        asked: String(vector.type),
      })
  }
}

function integerValue(value: bigint | null): number | bigint | null {
  if (value === null) return null
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function decimalValue(value: DuckDBDecimalValue | null): string | null {
  return value === null ? null : decimalText(value.value, value.scale)
}

function bytesValue(value: DuckDBBlobValue | null): Uint8Array | null {
  return value === null ? null : new Uint8Array(value.bytes)
}

function epochMs(value: { readonly micros: bigint } | null): number | null {
  if (value === null) return null
  const { micros } = value
  return Number((micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n)
}

const ENTRY_BYTES = 16

/** The driver's decoder drops a byte order mark at the start of a text. It is put back where the entry's first bytes have one. */
export function textReader(vector: DuckDBVector): (row: number) => string | null {
  const { dataView } = vector as unknown as { readonly dataView: DataView }
  return (row) => {
    const text = vector.getItem(row) as string | null
    if (text === null) return null
    return startsWithMark(dataView, row * ENTRY_BYTES) ? `\uFEFF${text}` : text
  }
}

/** An entry is its length (4 bytes), then its first bytes, whether it lies in place or behind a pointer. */
function startsWithMark(view: DataView, entry: number): boolean {
  if (view.getUint8(entry + 4) !== 0xef) return false
  return view.getUint32(entry, true) >= 3 && view.getUint8(entry + 5) === 0xbb && view.getUint8(entry + 6) === 0xbf
}
