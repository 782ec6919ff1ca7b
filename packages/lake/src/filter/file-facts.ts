import { boundValue } from '../format/bound.ts'
import type { DataFile, KeyedBound } from '../format/manifest.ts'
import type { PartitionSummary } from '../format/manifest-list.ts'
import { type Comparable, compareValues } from '../format/single-value.ts'
import { type BoundField, partitionTuple } from '../partition/partition-value.ts'
import { type SourceRange, sourceRange, transformed } from '../partition/transform.ts'
import type { FilterColumn } from './row-filter.ts'

/** What is known of a column's values in a file, or in all files of a manifest. */
export interface ColumnFacts extends SourceRange {
  readonly nulls: 'none' | 'some' | 'all' | 'unknown'
  /** Whether a NaN, which bounds leave out, may be among them. */
  readonly nan: 'none' | 'some' | 'unknown'
  /** False when the column's partition says that it holds no such value. */
  holds(value: Comparable): boolean
}

export type FactsOf = (column: FilterColumn) => ColumnFacts

/** What statistics and partition of a file say. */
export function factsOfFile(file: DataFile, spec: readonly BoundField[]): FactsOf {
  const tuple = partitionTuple(spec, file)
  return (column) => {
    const fields = spec.flatMap((field, place) => (field.sourceId === column.id ? [{ field, value: tuple[place] }] : []))
    const ranges = fields.flatMap(({ field, value }) =>
      value === null || value === undefined ? [] : [sourceRange(field.transform, field.sourceType, value, value)],
    )
    return {
      ...joined([statistics(file, column), ...ranges].map((range) => ofType(range, column.type))),
      nulls: nullsOf(file, column, fields),
      nan: nanOf(file, column),
      holds: (value) =>
        fields.every(
          ({ field, value: bucket }) =>
            field.transform.kind !== 'bucket' || bucket === undefined || transformed(field.transform, column.type, value) === bucket,
        ),
    }
  }
}

/** What the partition ranges of a manifest say. */
export function factsOfManifest(summaries: readonly PartitionSummary[] | null, spec: readonly BoundField[]): FactsOf {
  return (column) => {
    const parts = spec.flatMap((field, place) => {
      const summary = summaries?.length === spec.length ? summaries[place] : undefined
      return summary === undefined || field.sourceId !== column.id || field.transform.kind === 'void' ? [] : [{ field, summary }]
    })
    const ranges = parts.map(({ field, summary }) => summaryRange(field, summary))
    const onlyNulls = parts.some(({ summary }) => summary.contains_null && summary.lower_bound === null && summary.contains_nan !== true)
    return {
      ...joined(ranges.map((range) => ofType(range, column.type))),
      nulls: onlyNulls ? 'all' : 'unknown',
      nan: 'unknown',
      holds: () => true,
    }
  }
}

function summaryRange(field: BoundField, { lower_bound: lower, upper_bound: upper }: PartitionSummary): SourceRange {
  if (lower === null || upper === null) return {}
  const [low, high] = [lower, upper].map((bytes) => boundValue(field.resultType, bytes))
  return low === undefined || high === undefined ? {} : sourceRange(field.transform, field.sourceType, low, high)
}

function statistics(file: DataFile, { id, type }: FilterColumn): SourceRange {
  const [lower, upper] = [boundOf(file.lower_bounds, id, type), boundOf(file.upper_bounds, id, type)]
  return { ...(lower === undefined ? {} : { lower }), ...(upper === undefined ? {} : { upper }) }
}

function boundOf(bounds: readonly KeyedBound[] | null, id: number, type: unknown): Comparable | undefined {
  const found = bounds?.find(({ key }) => key === id)
  return found === undefined ? undefined : boundValue(type, found.value)
}

/** A column that was widened has integers in its old files and bigints now. */
function ofType({ lower, upper }: SourceRange, type: unknown): SourceRange {
  const widened = (value: Comparable | undefined) => (type === 'long' && typeof value === 'number' ? BigInt(value) : value)
  const [low, high] = [widened(lower), widened(upper)]
  return { ...(low === undefined ? {} : { lower: low }), ...(high === undefined ? {} : { upper: high }) }
}

/** The narrowest range that all ranges allow. */
function joined(ranges: readonly SourceRange[]): SourceRange {
  const lower = ranges
    .flatMap((range) => range.lower ?? [])
    .sort(compareValues)
    .at(-1)
  const upper = ranges.flatMap((range) => range.upper ?? []).sort(compareValues)[0]
  return { ...(lower === undefined ? {} : { lower }), ...(upper === undefined ? {} : { upper }) }
}

function nullsOf(file: DataFile, column: FilterColumn, fields: readonly { field: BoundField; value: unknown }[]): ColumnFacts['nulls'] {
  if (fields.some(({ field, value }) => value === null && field.transform.kind !== 'void')) return 'all'
  const values = countOf(file.value_counts, column.id)
  const nulls = countOf(file.null_value_counts, column.id)
  if (values === undefined || nulls === undefined) {
    return fields.some(({ field, value }) => value !== undefined && field.transform.kind !== 'void') ? 'none' : 'unknown'
  }
  return nulls === 0 ? 'none' : nulls === values ? 'all' : 'some'
}

function nanOf(file: DataFile, { id, type }: FilterColumn): ColumnFacts['nan'] {
  if (type !== 'double' && type !== 'float') return 'none'
  const count = countOf(file.nan_value_counts, id)
  return count === undefined ? 'unknown' : count === 0 ? 'none' : 'some'
}

function countOf(counts: DataFile['value_counts'], id: number): number | undefined {
  const found = counts?.find(({ key }) => key === id)
  return found === undefined ? undefined : Number(found.value)
}
