import type { ScanBound } from '@millrace/core'
import { boundValue } from '../format/bound.ts'
import type { DataFile, KeyedBound } from '../format/manifest.ts'
import type { PartitionSummary } from '../format/manifest-list.ts'
import type { PartitionSpec, TableSchema } from '../format/table-metadata.ts'

const MICROS_PER_MS = 1000n
const MICROS_PER_DAY = 86_400_000_000n

type Comparable = number | bigint | Buffer

/** A bound on a column, in the form of the column's file bounds. */
export interface ResolvedBound {
  readonly fieldId: number
  readonly type: unknown
  readonly min: Comparable | undefined
  readonly max: Comparable | undefined
}

/** Bounds by field id. Bounds on columns that the table does not have say nothing. */
export function resolveBounds(schema: TableSchema, bounds: readonly ScanBound[]): ResolvedBound[] {
  return bounds.flatMap(({ column, min, max }) => {
    const field = schema.fields.find(({ name }) => name === column)
    return field === undefined
      ? []
      : [{ fieldId: field.id, type: field.type, min: comparable(field.type, min, 'min'), max: comparable(field.type, max, 'max') }]
  })
}

function comparable(type: unknown, value: number | bigint | string | undefined, side: 'min' | 'max'): Comparable | undefined {
  if (value === undefined) return undefined
  if (type === 'timestamptz' || type === 'timestamp') return micros(value, side)
  if (type === 'string') return typeof value === 'string' ? Buffer.from(value, 'utf8') : undefined
  return typeof value === 'string' ? undefined : value
}

function micros(value: number | bigint | string, side: 'min' | 'max'): bigint | undefined {
  if (typeof value === 'string') return undefined
  // A whole number of milliseconds that leaves no time out: down for the least, up for the greatest.
  const whole = typeof value === 'bigint' ? value : BigInt(side === 'min' ? Math.floor(value) : Math.ceil(value))
  return whole * MICROS_PER_MS
}

/** Whether a manifest can hold a file that meets every bound, by its partition summaries. */
export function manifestMayMatch(
  summaries: readonly PartitionSummary[] | null,
  spec: PartitionSpec,
  bounds: readonly ResolvedBound[],
): boolean {
  if (summaries === null || summaries.length !== spec.fields.length) return true
  return spec.fields.every((field, place) => {
    if (field.transform !== 'day') return true
    const { lower_bound: lower, upper_bound: upper } = summaries[place]
    return bounds.every((bound) => bound.fieldId !== field['source-id'] || dayRangeMeets(bound, day(lower), day(upper)))
  })
}

/** Whether a file can hold a row that meets every bound, by its partition and its columns' statistics. */
export function fileMayMatch(file: DataFile, spec: PartitionSpec, bounds: readonly ResolvedBound[]): boolean {
  return bounds.every((bound) => partitionMeets(file, spec, bound) && statisticsMeet(file, bound))
}

function partitionMeets(file: DataFile, spec: PartitionSpec, bound: ResolvedBound): boolean {
  return spec.fields.every((field) => {
    if (field['source-id'] !== bound.fieldId || field.transform !== 'day') return true
    const value = file.partition[field.name]
    const at = typeof value === 'number' ? value : undefined
    return dayRangeMeets(bound, at, at)
  })
}

/** Whether days `[lower, upper]` hold a time within the bound. No days: only rows without a time, which meet no bound. */
function dayRangeMeets({ type, min, max }: ResolvedBound, lower: number | undefined, upper: number | undefined): boolean {
  if (type !== 'timestamptz' && type !== 'timestamp') return true
  if (min === undefined && max === undefined) return true
  if (lower === undefined || upper === undefined) return false
  if (typeof min === 'bigint' && (BigInt(upper) + 1n) * MICROS_PER_DAY <= min) return false
  return !(typeof max === 'bigint' && BigInt(lower) * MICROS_PER_DAY > max)
}

function statisticsMeet(file: DataFile, { fieldId, type, min, max }: ResolvedBound): boolean {
  if (min === undefined && max === undefined) return true
  const values = countOf(file.value_counts, fieldId)
  if (values !== undefined && values === countOf(file.null_value_counts, fieldId)) return false
  const lower = boundOf(file.lower_bounds, fieldId, type)
  const upper = boundOf(file.upper_bounds, fieldId, type)
  if (min !== undefined && upper !== undefined && compare(upper, min) < 0) return false
  return !(max !== undefined && lower !== undefined && compare(lower, max) > 0)
}

function countOf(counts: DataFile['value_counts'], fieldId: number): number | undefined {
  const found = counts?.find(({ key }) => key === fieldId)
  return found === undefined ? undefined : Number(found.value)
}

function boundOf(bounds: readonly KeyedBound[] | null, fieldId: number, type: unknown): Comparable | undefined {
  const found = bounds?.find(({ key }) => key === fieldId)
  return found === undefined ? undefined : boundValue(type, found.value)
}

function day(bytes: Uint8Array | null): number | undefined {
  return bytes === null ? undefined : Buffer.from(bytes).readInt32LE()
}

function compare(left: Comparable, right: Comparable): number {
  if (Buffer.isBuffer(left) && Buffer.isBuffer(right)) return Buffer.compare(left, right)
  return left < right ? -1 : left > right ? 1 : 0
}
