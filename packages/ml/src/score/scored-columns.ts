import { type Column, Dictionary, type Field } from '@millrace/columnar'
import { SCORE_COLUMNS } from '@millrace/core'
import type { Deployment } from './deployment.ts'

/** Who decided about a row. */
export type DecidedBy = 'model' | 'fallback'

/** What came out for the rows of a batch; NaN under `scores` is null, and there the fallback rule decides. */
export interface Decisions {
  readonly scores: Float64Array
  /** 1 where the decision is true. */
  readonly decisions: Uint8Array
  /** Undefined where the fallback rule decided about all rows. */
  readonly deployment: Deployment | undefined
}

/** The fields of a scored batch: the view's columns, the score columns, then the system columns. */
export function scoredFields(fields: readonly Field[]): readonly Field[] {
  const own = fields.filter(({ name }) => !name.startsWith('_'))
  return [...own, ...SCORE_COLUMNS, ...fields.filter(({ name }) => name.startsWith('_'))]
}

/** The score columns, in their order. */
export function scoreColumns({ scores, decisions, deployment }: Decisions): readonly Column[] {
  const nulls = missing(scores)
  return [
    { kind: 'double', values: nulls === null ? scores : zeroUnder(scores.slice(), nulls), nulls },
    { kind: 'double', values: everywhere(scores.length, deployment?.threshold, nulls), nulls },
    { kind: 'boolean', values: decisions, nulls: null },
    decidedBy(scores.length, nulls),
    { kind: 'int64', safe: true, values: everywhere(scores.length, deployment?.version, nulls), nulls },
  ]
}

/** 1 where there is no score; null where every row has one. */
function missing(scores: Float64Array): Uint8Array | null {
  let nulls: Uint8Array | null = null
  for (let row = 0; row < scores.length; row++) {
    if (scores[row] === scores[row]) continue
    nulls ??= new Uint8Array(scores.length)
    nulls[row] = 1
  }
  return nulls
}

function everywhere(rows: number, value: number | undefined, nulls: Uint8Array | null): Float64Array {
  const values = new Float64Array(rows).fill(value ?? 0)
  return nulls === null ? values : zeroUnder(values, nulls)
}

function zeroUnder(values: Float64Array, nulls: Uint8Array): Float64Array {
  for (let row = 0; row < values.length; row++) if (nulls[row] === 1) values[row] = 0
  return values
}

/** A dictionary holds only entries that are used, that of the first row first. */
function decidedBy(rows: number, byFallback: Uint8Array | null): Column {
  const codes = new Int32Array(rows)
  const first = byFallback?.[0] ?? 0
  const texts: DecidedBy[] = first === 1 ? ['fallback', 'model'] : ['model', 'fallback']
  let entries = Math.min(rows, 1)
  for (let row = 0; byFallback !== null && row < rows; row++) {
    if (byFallback[row] === first) continue
    codes[row] = 1
    entries = 2
  }
  return { kind: 'string', codes, dictionary: Dictionary.fromTexts(texts.slice(0, entries)), nulls: null }
}
