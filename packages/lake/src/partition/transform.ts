import { operatingError } from '@millrace/core'
import { type Comparable, decimalOf, unscaledBytes } from '../format/single-value.ts'
import { murmur3 } from './murmur3.ts'

const MICROS_PER_HOUR = 3_600_000_000n
const MICROS_PER_DAY = 24n * MICROS_PER_HOUR

/** How a partition value comes of a column's value (Iceberg spec, "Partition Transforms"). */
export interface Transform {
  /** As it stands in a partition spec: `bucket[16]`. */
  readonly text: string
  readonly kind: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'bucket' | 'truncate' | 'void'
  /** Buckets, or the width of a truncation; 0 for others. */
  readonly width: number
}

const PLAIN: ReadonlySet<string> = new Set(['identity', 'year', 'month', 'day', 'hour', 'void'])
const SIZED = /^(bucket|truncate)\[(\d+)\]$/

/** @throws `lake/unknown-transform` */
export function parseTransform(text: string): Transform {
  if (PLAIN.has(text)) return { text, kind: text as Transform['kind'], width: 0 }
  const match = SIZED.exec(text)
  if (match === null) throw unknownTransform(text)
  return { text, kind: match[1] as 'bucket' | 'truncate', width: Number(match[2]) }
}

function unknownTransform(text: string): Error {
  return operatingError('lake/unknown-transform', `The table is partitioned by the transform ${text}, which Millrace does not know.`, {
    asked: text,
    found: [...PLAIN, 'bucket[N]', 'truncate[W]'],
    do: 'Give the table one of the transforms found with the program that made it.',
  })
}

/** Iceberg type of the partition values that a column of `source` type gives. */
export function resultType({ kind }: Transform, source: unknown): unknown {
  if (kind === 'identity' || kind === 'truncate' || kind === 'void') return source
  return kind === 'day' ? 'date' : 'int'
}

/** The partition value of a column's value. */
export function transformed({ kind, width }: Transform, type: unknown, value: Comparable): Comparable | null {
  switch (kind) {
    case 'identity':
      return value
    case 'void':
      return null
    case 'bucket':
      return (murmur3(hashedBytes(type, value)) & 0x7fffffff) % width
    case 'truncate':
      return truncated(type, value, width)
    default:
      return timePart(kind, type, value)
  }
}

function hashedBytes(type: unknown, value: Comparable): Uint8Array {
  if (Buffer.isBuffer(value)) return value
  if (decimalOf(type) !== undefined) return unscaledBytes(BigInt(value))
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(value))
  return bytes
}

function truncated(type: unknown, value: Comparable, width: number): Comparable {
  if (Buffer.isBuffer(value)) return type === 'string' ? firstPoints(value, width) : value.subarray(0, width)
  if (typeof value === 'number') return value - (((value % width) + width) % width)
  const step = BigInt(width)
  return value - (((value % step) + step) % step)
}

/** The first code points of a UTF-8 text. */
function firstPoints(bytes: Buffer, width: number): Buffer {
  let points = 0
  for (let at = 0; at < bytes.length; at++) {
    if ((bytes[at] & 0xc0) !== 0x80 && points++ === width) return bytes.subarray(0, at)
  }
  return bytes
}

function timePart(kind: 'year' | 'month' | 'day' | 'hour', type: unknown, value: Comparable): number {
  const micros = type === 'date' ? BigInt(value as number) * MICROS_PER_DAY : BigInt(value as bigint)
  if (kind === 'hour') return Number(floorDiv(micros, MICROS_PER_HOUR))
  const day = Number(floorDiv(micros, MICROS_PER_DAY))
  if (kind === 'day') return day
  const date = new Date(day * 86_400_000)
  const year = date.getUTCFullYear() - 1970
  return kind === 'year' ? year : year * 12 + date.getUTCMonth()
}

function floorDiv(value: bigint, by: bigint): bigint {
  const whole = value / by
  return value % by < 0n ? whole - 1n : whole
}

/** Least and greatest value of the column that partition values in `[low, high]` can come of; an absent side is open. */
export interface SourceRange {
  readonly lower?: Comparable
  readonly upper?: Comparable
}

/** Above every UTF-8 text with the prefix that it follows: the byte occurs in none. */
const ABOVE_TEXT = Buffer.of(0xff)

/** What partition values in `[low, high]` say of the column's values. Buckets say nothing of ranges. */
export function sourceRange({ kind, width }: Transform, type: unknown, low: Comparable, high: Comparable): SourceRange {
  switch (kind) {
    case 'identity':
      return { lower: low, upper: high }
    case 'truncate':
      return { lower: low, ...truncatedTop(type, high, width) }
    case 'hour':
      return timeRange(type, BigInt(low as number) * MICROS_PER_HOUR, (BigInt(high as number) + 1n) * MICROS_PER_HOUR)
    case 'day':
      return timeRange(type, BigInt(low as number) * MICROS_PER_DAY, (BigInt(high as number) + 1n) * MICROS_PER_DAY)
    case 'month':
      return timeRange(type, monthStart(Number(low)), monthStart(Number(high) + 1))
    case 'year':
      return timeRange(type, monthStart(Number(low) * 12), monthStart((Number(high) + 1) * 12))
    default:
      return {}
  }
}

function truncatedTop(type: unknown, high: Comparable, width: number): SourceRange {
  if (Buffer.isBuffer(high)) return type === 'string' ? { upper: Buffer.concat([high, ABOVE_TEXT]) } : {}
  return { upper: typeof high === 'number' ? high + width - 1 : high + BigInt(width) - 1n }
}

function monthStart(month: number): bigint {
  return BigInt(Date.UTC(1970, month, 1)) * 1000n
}

/** Times in `[from, to)`, in days where the column is a date. */
function timeRange(type: unknown, from: bigint, to: bigint): SourceRange {
  if (type !== 'date') return { lower: from, upper: to - 1n }
  return { lower: Number(floorDiv(from, MICROS_PER_DAY)), upper: Number(floorDiv(to - 1n, MICROS_PER_DAY)) }
}

/** Whether the transform can be made of a column of this Iceberg type. */
export function appliesTo({ kind }: Transform, type: unknown): boolean {
  if (typeof type !== 'string') return false
  const isTime = type === 'timestamptz' || type === 'timestamp'
  if (kind === 'hour') return isTime
  if (kind === 'day' || kind === 'month' || kind === 'year') return isTime || type === 'date'
  const isCountable = type === 'int' || type === 'long' || type === 'string' || type === 'binary' || decimalOf(type) !== undefined
  if (kind === 'truncate') return isCountable
  return kind === 'bucket' ? isCountable || isTime || type === 'date' : type !== 'double' && type !== 'float'
}
