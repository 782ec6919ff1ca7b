import { expect } from 'vitest'
import { buildTrainingSet, type TrainingSet, type TrainingSetRequest } from '../src/set/training-set.ts'

/** A row of the view that sets are built from; times are epoch ms. */
export interface ViewRow {
  readonly start: number
  readonly end: number
  readonly key: string | null
  readonly num1: number | null
  readonly available: number | null
}

export const VIEW_KEYS = ['a', 'b', 'c', null]

export const timestamp = (ms: number | null): string => (ms === null ? 'NULL::TIMESTAMPTZ' : `epoch_ms(${ms}::BIGINT) AT TIME ZONE 'UTC'`)
export const text = (value: string | null): string => (value === null ? 'NULL::VARCHAR' : `'${value}'`)

/** A request for a set of `num1` of these rows. */
export function viewRequest(
  rows: readonly ViewRow[],
  rest: Pick<TrainingSetRequest, 'labels' | 'asOf' | 'query'> & { readonly records: TrainingSetRequest['view']['records'] },
): TrainingSetRequest {
  const { records, ...own } = rest
  const values = rows.map(
    (row) =>
      `(${timestamp(row.start)}, ${timestamp(row.end)}, ${text(row.key)}, ${row.num1 ?? 'NULL'}::BIGINT, ${timestamp(row.available)})`,
  )
  return {
    model: 'm',
    view: {
      name: 'v',
      table: `(SELECT * FROM (VALUES ${values.join(', ')}) AS t(window_start, window_end, key, num1, "_available_at"))`,
      entity: ['key'],
      availableAt: '_available_at',
      records,
    },
    features: ['num1'],
    split: { train: 0.6, validate: 0.2, test: 0.2 },
    mode: 'as_served',
    snapshots: {},
    keys: true,
    ...own,
  }
}

/** The set, or nothing where it cannot be learnt from. */
export function builtSet(request: TrainingSetRequest): Promise<TrainingSet | undefined> {
  return buildTrainingSet(request).catch((error: { readonly code?: string }) => {
    expect(['model/labels-match-nothing', 'model/one-class', 'model/empty-split'], String(error)).toContain(error.code)
    return undefined
  })
}

/** Time, key, value and label of each row of a set. */
export function foundRows({ train, validate, test: judged }: TrainingSet): readonly string[] {
  return [train, validate, judged].flatMap((part) =>
    [...part.labels].map((label, row) => `${part.windowEnd[row]} ${part.keys?.[row]} ${part.columns[0][row]} ${label}`),
  )
}
