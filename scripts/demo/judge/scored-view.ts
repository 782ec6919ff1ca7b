import type { SqlDocument } from '../commands.ts'
import type { Span } from './label.ts'

/** One scored row: the key as text, its window, and what was decided. */
export interface ScoredRow extends Span {
  readonly key: string
  readonly decision: boolean
  readonly byModel: boolean
}

/** A model's table. */
export interface ScoredView {
  readonly rows: readonly ScoredRow[]
  /** Every number of the view, column by column, whether the model looks at it or not; NaN for null. */
  readonly features: Readonly<Record<string, Float64Array>>
}

const NUMBERS: ReadonlySet<string> = new Set(['int32', 'int64', 'double'])
/** What scoring adds to the view's columns. */
const ADDED: ReadonlySet<string> = new Set(['score', 'threshold', 'model_version'])

/** Reads a model's table with its key in column `key`. */
export function scoredView({ columns, rows }: SqlDocument, key: string): ScoredView {
  const features = columns.filter(({ name, type }) => NUMBERS.has(type) && !ADDED.has(name) && name !== key).map(({ name }) => name)
  const at = (name: string): number => columns.findIndex((column) => column.name === name)
  const [start, end, keyAt, decision, decidedBy] = ['window_start', 'window_end', key, 'decision', 'decided_by'].map(at)
  return {
    rows: rows.map((row) => ({
      key: keyText(row[keyAt]),
      start: Date.parse(row[start] as string),
      end: Date.parse(row[end] as string),
      decision: row[decision] === true,
      byModel: row[decidedBy] === 'model',
    })),
    features: Object.fromEntries(
      features.map((name) => {
        const column = at(name)
        return [name, Float64Array.from(rows, (row) => (row[column] === null ? Number.NaN : Number(row[column])))]
      }),
    ),
  }
}

/** A key as text; null is another key than the text `null`. */
export function keyText(value: unknown): string {
  return JSON.stringify(value)
}
