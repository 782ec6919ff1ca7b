import { crc32 } from 'node:zlib'
import { BatchFormatError } from '../batch-format-error.ts'
import { type Batch, type Column, columnOf } from '../column.ts'
import { packBits } from './bitmap.ts'
import { AT, align8, bitmapBytes, COLUMN, ENTRY_BYTES, HAS_EVENT_TIME, HEADER_BYTES, headChecksum, MAGIC, VERSION } from './layout.ts'
import { rangeOf } from './pack.ts'
import { type Vector, vectorOf } from './vector.ts'

/** What a batch says about itself besides its rows; times are epoch ms. */
export interface EncodeHeader {
  readonly watermarkAfter: number
  readonly ingestedAt: number
  /** Name of the timestamp column whose least and greatest values go into the header. */
  readonly eventTime?: string
}

/** Greatest size of an encoded batch; positions are 32 bits. */
export const ENCODED_BYTES_MAX = 1 << 30
const COLUMNS_MAX = 0xffff

interface Place {
  readonly name: Buffer
  readonly type: Buffer
  readonly flags: number
  readonly nulls: Uint8Array | null
  readonly vector: Vector
  readonly position: number
  readonly length: number
}

/**
 * The binary form of a batch, in memory of its own that begins at a multiple of 8.
 *
 * @throws BatchFormatError `columnar/unknown-column` when the event time column is missing or no timestamp, `columnar/batch-too-large`.
 */
export function encodeBatch(batch: Batch, header: EncodeHeader): Uint8Array {
  const { places, directoryBytes, totalBytes } = layOut(batch)
  if (totalBytes > ENCODED_BYTES_MAX || places.length > COLUMNS_MAX) {
    throw new BatchFormatError(
      'columnar/batch-too-large',
      `The batch takes ${totalBytes} bytes in ${places.length} columns; at most ${ENCODED_BYTES_MAX} and ${COLUMNS_MAX} are allowed.`,
    )
  }
  const bytes = Buffer.from(new ArrayBuffer(totalBytes))
  writeHeader(bytes, batch, header, { columns: places.length, directoryBytes })
  writeDirectory(bytes, places)
  for (const place of places) writeVector(bytes.buffer, place, batch.rows)
  bytes.writeUInt32LE(crc32(bytes.subarray(HEADER_BYTES + directoryBytes)), AT.bodyChecksum)
  bytes.writeUInt32LE(headChecksum(bytes, directoryBytes), AT.headChecksum)
  return new Uint8Array(bytes.buffer)
}

function layOut(batch: Batch): { places: Place[]; directoryBytes: number; totalBytes: number } {
  const texts = batch.fields.map((field) => ({ name: Buffer.from(field.name), type: Buffer.from(field.type) }))
  const directoryBytes = align8(texts.reduce((sum, text) => sum + ENTRY_BYTES + text.name.length + text.type.length, 0))
  let position = HEADER_BYTES + directoryBytes
  const places = batch.columns.map((column, i): Place => {
    const nulls = column.nulls?.includes(1) ? column.nulls : null
    const vector = vectorOf(column, batch.rows)
    const length = (nulls === null ? 0 : bitmapBytes(batch.rows)) + vector.length
    const place = { ...texts[i], flags: flagsOf(column, batch.fields[i].nullable, nulls), nulls, vector, position, length }
    position += length
    return place
  })
  return { places, directoryBytes, totalBytes: position }
}

function flagsOf(column: Column, nullable: boolean, nulls: Uint8Array | null): number {
  const wide = column.kind === 'int64' && !column.safe
  return (nullable ? COLUMN.nullable : 0) | (nulls === null ? 0 : COLUMN.hasNulls) | (wide ? COLUMN.wide : 0)
}

function writeHeader(bytes: Buffer, batch: Batch, header: EncodeHeader, sizes: { columns: number; directoryBytes: number }): void {
  const range = eventTimeRange(batch, header.eventTime)
  bytes.writeUInt32LE(MAGIC, AT.magic)
  bytes.writeUInt8(VERSION, AT.version)
  bytes.writeUInt8(range === undefined ? 0 : HAS_EVENT_TIME, AT.flags)
  bytes.writeUInt16LE(sizes.columns, AT.columns)
  bytes.writeUInt32LE(batch.rows, AT.rows)
  bytes.writeDoubleLE(range?.min ?? 0, AT.minEventTime)
  bytes.writeDoubleLE(range?.max ?? 0, AT.maxEventTime)
  bytes.writeDoubleLE(header.watermarkAfter, AT.watermarkAfter)
  bytes.writeDoubleLE(header.ingestedAt, AT.ingestedAt)
  bytes.writeUInt32LE(sizes.directoryBytes, AT.directoryBytes)
  bytes.writeUInt32LE(bytes.length, AT.totalBytes)
}

function eventTimeRange(batch: Batch, name: string | undefined): { readonly min: number; readonly max: number } | undefined {
  if (name === undefined) return undefined
  const column = columnOf(batch, name)
  if (column?.kind !== 'timestamp') {
    const found = batch.fields.map((field) => `${field.name} ${field.type}`).join(', ')
    throw new BatchFormatError(
      'columnar/unknown-column',
      `Event time column \`${name}\` was asked for as a timestamp; the batch has ${found}.`,
    )
  }
  return rangeOf(column.values, column.nulls)
}

function writeDirectory(bytes: Buffer, places: readonly Place[]): void {
  let at = HEADER_BYTES
  for (const place of places) {
    bytes.writeUInt32LE(place.position, at)
    bytes.writeUInt32LE(place.length, at + 4)
    bytes.writeUInt16LE(place.name.length, at + 8)
    bytes.writeUInt16LE(place.type.length, at + 10)
    bytes.writeUInt8(place.vector.encoding, at + 12)
    bytes.writeUInt8(place.flags, at + 13)
    bytes.set(place.name, at + ENTRY_BYTES)
    bytes.set(place.type, at + ENTRY_BYTES + place.name.length)
    at += ENTRY_BYTES + place.name.length + place.type.length
  }
}

function writeVector(buffer: ArrayBuffer, place: Place, rows: number): void {
  let position = place.position
  if (place.nulls !== null) {
    packBits(place.nulls, new Uint8Array(buffer, position, bitmapBytes(rows)))
    position += bitmapBytes(rows)
  }
  place.vector.write(buffer, position)
}
