import type { Dictionary } from './dictionary.ts'

/**
 * How values of a column lie in memory. Logical types map onto these: `json`, decimals, lists and structs are the texts of their values
 * (`text/`), so equal values have equal entries.
 * Every vector has the batch's row count; `nulls` holds one byte a row (1 = null) or is `null` when nothing is null.
 * The value under a null is 0 (code 0 for coded columns) and means nothing.
 */
export type Column =
  | BooleanColumn
  | Int32Column
  | SafeInt64Column
  | WideInt64Column
  | DoubleColumn
  | TimestampColumn
  | DateColumn
  | CodedColumn

export type ColumnKind = Column['kind']

type Nulls = Uint8Array | null

/** 0 or 1 a row. */
export interface BooleanColumn {
  readonly kind: 'boolean'
  readonly values: Uint8Array
  readonly nulls: Nulls
}
export interface Int32Column {
  readonly kind: 'int32'
  readonly values: Int32Array
  readonly nulls: Nulls
}
/** int64 whose every value lies within ±(2^53 − 1): exact in doubles, so loops run on doubles. */
export interface SafeInt64Column {
  readonly kind: 'int64'
  readonly safe: true
  readonly values: Float64Array
  readonly nulls: Nulls
}
/** int64 with at least one value that a double cannot hold. */
export interface WideInt64Column {
  readonly kind: 'int64'
  readonly safe: false
  readonly values: BigInt64Array
  readonly nulls: Nulls
}
/** Finite doubles; NaN, infinities and −0 never occur. */
export interface DoubleColumn {
  readonly kind: 'double'
  readonly values: Float64Array
  readonly nulls: Nulls
}
/** Epoch milliseconds UTC as whole doubles. */
export interface TimestampColumn {
  readonly kind: 'timestamp'
  readonly values: Float64Array
  readonly nulls: Nulls
}
/** Days since 1970-01-01. */
export interface DateColumn {
  readonly kind: 'date'
  readonly values: Int32Array
  readonly nulls: Nulls
}
/** Dictionary-coded text (valid UTF-8) or bytes: `codes[row]` indexes the dictionary. */
export interface CodedColumn {
  readonly kind: 'string' | 'bytes'
  readonly codes: Int32Array
  readonly dictionary: Dictionary
  readonly nulls: Nulls
}

/** A named column of a schema. `type` is the plan's type text, e.g. `int64`, `decimal(10,2)`, `list<string>`. */
export interface Field {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
}

/** Rows of one schema, column by column. `columns[i]` belongs to `fields[i]`. */
export interface Batch {
  readonly rows: number
  readonly fields: readonly Field[]
  readonly columns: readonly Column[]
}

const KINDS: Readonly<Record<string, ColumnKind>> = {
  boolean: 'boolean',
  int32: 'int32',
  int64: 'int64',
  double: 'double',
  string: 'string',
  bytes: 'bytes',
  timestamp: 'timestamp',
  date: 'date',
  json: 'string',
}

const TEXT_FORMS: readonly string[] = ['decimal(', 'list<', 'struct<']

/** The memory form of a type text, or undefined where there is none. */
export function columnKind(type: string): ColumnKind | undefined {
  return KINDS[type] ?? (TEXT_FORMS.some((form) => type.startsWith(form)) ? 'string' : undefined)
}

/** The column called `name`, or undefined. */
export function columnOf(batch: Batch, name: string): Column | undefined {
  const index = batch.fields.findIndex((field) => field.name === name)
  return index < 0 ? undefined : batch.columns[index]
}
