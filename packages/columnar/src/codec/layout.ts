import { crc32 } from 'node:zlib'
import { BatchFormatError } from '../batch-format-error.ts'

/** "MLRB" in little-endian order. */
export const MAGIC = 0x42524c4d
export const VERSION = 1
export const HEADER_BYTES = 64

/** Byte positions in the fixed header; all numbers are little-endian. */
export const AT = {
  magic: 0,
  version: 4,
  flags: 5,
  columns: 6,
  rows: 8,
  bodyChecksum: 12,
  minEventTime: 16,
  maxEventTime: 24,
  watermarkAfter: 32,
  ingestedAt: 40,
  directoryBytes: 48,
  totalBytes: 52,
  headChecksum: 60,
} as const

/** Header flag: the batch has an event time range. */
export const HAS_EVENT_TIME = 1

/** Fixed part of a directory entry, before the name and the type text. */
export const ENTRY_BYTES = 16

/** Column flags of a directory entry. */
export const COLUMN = { nullable: 1, hasNulls: 2, wide: 4 } as const

/** How the values of a vector are laid down. */
export const ENCODING = { constant: 0, packed8: 1, packed16: 2, packed32: 3, plain: 4, bitmap: 5 } as const

export type Encoding = (typeof ENCODING)[keyof typeof ENCODING]

export function align8(length: number): number {
  return (length + 7) & ~7
}

export function bitmapBytes(rows: number): number {
  return align8((rows + 7) >>> 3)
}

export function damaged(what: string): BatchFormatError {
  return new BatchFormatError('columnar/damaged-batch', `The batch is damaged: ${what}.`)
}

/** Checksum of the header without its own place, and of the directory. */
export function headChecksum(bytes: Uint8Array, directoryBytes: number): number {
  return crc32(bytes.subarray(HEADER_BYTES, HEADER_BYTES + directoryBytes), crc32(bytes.subarray(0, AT.headChecksum)))
}
