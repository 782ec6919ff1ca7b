import { randomBytes } from 'node:crypto'
import { inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { operatingError } from '@millrace/core'
import avro from 'avsc'
import type { Whole } from './lossless-json.ts'

const MAGIC = Buffer.from('Obj\u0001', 'latin1')
const SYNC_BYTES = 16

/** 64-bit integers: numbers where a double holds them, else bigints. */
const longType = avro.types.LongType.__with({
  fromBuffer(bytes: Buffer): Whole {
    const value = bytes.readBigInt64LE()
    return value === BigInt(Number(value)) && Number.isSafeInteger(Number(value)) ? Number(value) : value
  },
  toBuffer(value: Whole): Buffer {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(value))
    return bytes
  },
  fromJSON: (value: unknown) => value,
  toJSON: (value: unknown) => value,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (left: Whole, right: Whole) => (left < right ? -1 : left > right ? 1 : 0),
})

const bytesMap = avro.Type.forSchema({ type: 'map', values: 'bytes' })
const plainLong = avro.Type.forSchema('long')

/** The contents of an Avro object container file. */
export interface AvroFile {
  /** The writer's schema as it stands in the header, with its `field-id`s. */
  readonly schema: Readonly<Record<string, unknown>>
  readonly header: ReadonlyMap<string, string>
  readonly records: readonly unknown[]
}

/** An object container file of one block, uncompressed. `schema` is written as given, so that `field-id`s reach its readers. */
export function encodeAvro(schema: object, header: Readonly<Record<string, string>>, records: readonly unknown[]): Buffer {
  const type = avro.Type.forSchema(schema as avro.Schema, { registry: { long: longType } })
  const meta: Record<string, Buffer> = { 'avro.schema': Buffer.from(JSON.stringify(schema)), 'avro.codec': Buffer.from('null') }
  for (const [key, value] of Object.entries(header)) meta[key] = Buffer.from(value)
  const sync = randomBytes(SYNC_BYTES)
  const parts = [MAGIC, bytesMap.toBuffer(meta), sync]
  if (records.length > 0) {
    const body = Buffer.concat(records.map((record) => type.toBuffer(record)))
    parts.push(plainLong.toBuffer(records.length), plainLong.toBuffer(body.length), body, sync)
  }
  return Buffer.concat(parts)
}

/** Reads an object container file. @throws `lake/unreadable-manifest` when it is not one, is cut short, or has an unknown codec */
export function decodeAvro(bytes: Buffer, path: string): AvroFile {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw unreadable(path, 'it does not begin as an Avro file')
  const { value: meta, offset } = bytesMap.decode(bytes, MAGIC.length) as { value: Record<string, Buffer>; offset: number }
  if (offset < 0) throw unreadable(path, 'its header is cut short')
  const schema = JSON.parse(meta['avro.schema'].toString()) as Record<string, unknown>
  const type = avro.Type.forSchema(schema as unknown as avro.Schema, { registry: { long: longType } })
  const codec = meta['avro.codec']?.toString() ?? 'null'
  const records: unknown[] = []
  for (let at = offset + SYNC_BYTES; at < bytes.length; ) {
    const count = plainLong.decode(bytes, at)
    const size = plainLong.decode(bytes, count.offset)
    const end = size.offset + Number(size.value)
    if (size.offset < 0 || end + SYNC_BYTES > bytes.length) throw unreadable(path, 'a block is cut short')
    readBlock(type, inflate(codec, bytes.subarray(size.offset, end), path), Number(count.value), records)
    at = end + SYNC_BYTES
  }
  return { schema, header: new Map(Object.entries(meta).map(([key, value]) => [key, value.toString()])), records }
}

function readBlock(type: avro.Type, body: Buffer, count: number, into: unknown[]): void {
  let at = 0
  for (let i = 0; i < count; i++) {
    const { value, offset } = type.decode(body, at)
    into.push(value)
    at = offset
  }
}

function inflate(codec: string, block: Buffer, path: string): Buffer {
  switch (codec) {
    case 'null':
      return block
    case 'deflate':
      return inflateRawSync(block)
    case 'zstandard':
      return zstdDecompressSync(block)
    default:
      throw unreadable(path, `its codec is ${codec}; null, deflate and zstandard are read`)
  }
}

function unreadable(path: string, why: string): Error {
  return operatingError('lake/unreadable-manifest', `The manifest ${path} cannot be read: ${why}.`, {
    asked: path,
    found: why,
    do: 'Restore the file from a backup, or read an earlier snapshot.',
  })
}
