import { type Batch, type Column, columnOf } from '@millrace/columnar'
import { userError } from '@millrace/core'

/** Values in JSON that a feature may have; int64 beyond ±(2^53 − 1) is text. */
export type FeatureValue = number | boolean | string | bigint | null | undefined

/**
 * The features of a batch, one float32 array per name: what a trainer reads. This is the one place where values become float32: NULL is
 * NaN, so is what float32 cannot hold, booleans are 0 and 1.
 *
 * @throws `model/missing-feature`, `model/feature-not-numeric`
 */
export function featureColumns(batch: Batch, names: readonly string[]): Float32Array[] {
  return names.map((name) => {
    const values = new Float32Array(batch.rows)
    fillFeature(featureColumn(batch, name), { into: values, from: 0, rows: batch.rows, at: 0, step: 1 })
    return values
  })
}

/** Which rows of a batch to lay out, and where. */
export interface FeatureRange {
  /** First row; 0 when left out. */
  readonly from?: number
  /** All from there on when left out. */
  readonly rows?: number
  /** Memory to use; must hold rows × names values. */
  readonly into?: Float32Array
}

/**
 * The features of a batch row by row, [rows, names]: what a model reads. The values are those of `featureColumns`.
 *
 * @throws `model/missing-feature`, `model/feature-not-numeric`
 */
export function featureRows(batch: Batch, names: readonly string[], range: FeatureRange = {}): Float32Array {
  const from = range.from ?? 0
  const rows = range.rows ?? batch.rows - from
  const matrix = range.into ?? new Float32Array(rows * names.length)
  for (const [at, name] of names.entries()) fillFeature(featureColumn(batch, name), { into: matrix, from, rows, at, step: names.length })
  return rows * names.length === matrix.length ? matrix : matrix.subarray(0, rows * names.length)
}

/**
 * One row of features from named values, as a request brings them. A name that is left out is null.
 *
 * @throws `model/unknown-feature`, `model/feature-not-numeric`
 */
export function featureRow(values: Readonly<Record<string, FeatureValue>>, names: readonly string[], into: Float32Array, at = 0): void {
  let known = 0
  for (let i = 0; i < names.length; i++) {
    into[at + i] = featureNumber(values[names[i]], names[i])
    if (names[i] in values) known++
  }
  const given = Object.keys(values)
  if (given.length === known) return
  const unknown = given.find((name) => !names.includes(name)) ?? ''
  throw userError('model/unknown-feature', `\`${unknown}\` is no feature of this model.`, {
    asked: unknown,
    found: names,
    do: 'Send only features that the model has; one that is left out counts as null.',
  })
}

function featureNumber(value: FeatureValue, name: string): number {
  if (value === null || value === undefined) return Number.NaN
  const number = typeof value === 'string' && !/^-?\d+$/.test(value) ? Number.NaN : Math.fround(Number(value))
  if (Number.isFinite(number)) return number
  if (typeof value !== 'string') return Number.NaN
  throw userError('model/feature-not-numeric', `Feature \`${name}\` is the text \`${value.slice(0, 40)}\`; features are numbers.`, {
    asked: name,
    found: value.slice(0, 40),
    do: 'Send a number, true, false or null.',
  })
}

type NumberColumn = Exclude<Column, { readonly kind: 'string' | 'bytes' | 'timestamp' | 'date' }>

function featureColumn(batch: Batch, name: string): NumberColumn {
  const column = columnOf(batch, name)
  if (column === undefined) {
    throw userError('model/missing-feature', `Feature \`${name}\` is no column of the rows.`, {
      asked: name,
      found: batch.fields.map((field) => field.name),
      do: 'Name columns of the view as features.',
    })
  }
  switch (column.kind) {
    case 'boolean':
    case 'int32':
    case 'int64':
    case 'double':
      return column
    default:
      throw userError(
        'model/feature-not-numeric',
        `Feature \`${name}\` is a ${column.kind}; features are int32, int64, double or boolean.`,
        {
          asked: name,
          found: column.kind,
          do: 'Derive a number from it in the view, for example with `time_extract` or `time_diff`.',
        },
      )
  }
}

interface Target {
  readonly into: Float32Array
  /** First row of the column. */
  readonly from: number
  readonly rows: number
  /** Place of the first row's value, and distance to the next row's. */
  readonly at: number
  readonly step: number
}

function fillFeature(column: NumberColumn, target: Target): void {
  if (column.kind === 'int64' && !column.safe) fillWide(column.values, target)
  else fillNumbers(column.values as Uint8Array | Int32Array | Float64Array, target, column.kind === 'double')
  if (column.nulls !== null) blankNulls(column.nulls, target)
}

/** Only doubles can be beyond float32. */
function fillNumbers(values: Uint8Array | Int32Array | Float64Array, { into, from, rows, at, step }: Target, mayOverflow: boolean): void {
  const end = from + rows
  for (let row = from, place = at; row < end; row++, place += step) into[place] = values[row]
  if (!mayOverflow) return
  for (let row = 0, place = at; row < rows; row++, place += step) if (into[place] - into[place] !== 0) into[place] = Number.NaN
}

function fillWide(values: BigInt64Array, { into, from, rows, at, step }: Target): void {
  for (let row = 0, place = at; row < rows; row++, place += step) into[place] = Number(values[from + row])
}

function blankNulls(nulls: Uint8Array, { into, from, rows, at, step }: Target): void {
  for (let row = 0, place = at; row < rows; row++, place += step) if (nulls[from + row] === 1) into[place] = Number.NaN
}
