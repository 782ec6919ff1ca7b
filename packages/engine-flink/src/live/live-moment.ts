import type { Step } from '../lower/lower-plan.ts'
import { equalForm } from '../print/comparable.ts'
import { identifier } from '../print/identifier.ts'
import { atom } from '../print/printed.ts'
import { aliased, nested, selectText } from '../print/select-text.ts'
import { interval } from './interval-literal.ts'
import { ROWTIME } from './live-step.ts'

const TIME_ATTRIBUTE = identifier(ROWTIME)

/** Keys as Flink's own windows take them: a null is a key of its own there. */
export function partitionKeys(keys: readonly string[], { checked }: Step): readonly string[] {
  const type = (name: string): string => checked.fields.find((field) => field.name === name)?.type ?? 'int64'
  return keys.map((name) => equalForm(atom(identifier(name), type(name))).sql)
}

/** Windows of one millisecond over a view's rows. */
export function momentsOf(view: string): string {
  return `TABLE(TUMBLE(TABLE ${identifier(view)}, DESCRIPTOR(${TIME_ATTRIBUTE}), ${interval(1)}))`
}

/** Columns that Flink's window functions add: columns of these names are taken aside before. */
const ADDED = /`(window_(?:start|end|time))`/g

function aside(sql: string): string {
  return sql.replaceAll(ADDED, '`_own_$1`')
}

/** Columns of a view that a window function of Flink's reads. */
export function besideWindow(columns: readonly string[]): readonly string[] {
  return columns.map((column) => (aside(column) === column ? column : `${column} AS ${aside(column)}`))
}

interface Moments {
  /** Name of a view of `besideWindow` columns. */
  readonly rows: string
  /** Its columns, as SQL. */
  readonly columns: readonly string[]
  readonly keys: readonly string[]
  /** ORDER BY terms. */
  readonly order: readonly string[]
  /** How many rows; one when left out. */
  readonly n?: number
  /** Further columns, of `_place`. */
  readonly added?: readonly string[]
  /** Windows over the view that hold each row once; of a millisecond when left out. */
  readonly windows?: string
}

/** The first rows of each key and time. Their time is one that watermarks are about. */
export function firstOfMoments({
  rows,
  columns,
  keys,
  order,
  n = 1,
  added = [],
  windows = `SELECT *\nFROM ${momentsOf(rows)}`,
}: Moments): string {
  const by = ['window_start', 'window_end', ...keys.map(aside)].join(', ')
  const rank = `ROW_NUMBER() OVER (PARTITION BY ${by} ORDER BY ${order.length === 0 ? '1 ASC' : order.map(aside).join(', ')})`
  const ranked = selectText(['*', aliased(rank, '_place')], [`FROM ${nested(windows)}`])
  const own = columns.map((column) => {
    if (column === TIME_ATTRIBUTE) return aliased('window_time', ROWTIME)
    return aside(column) === column ? column : `${aside(column)} AS ${column}`
  })
  return selectText([...own, ...added], [`FROM ${nested(ranked)}`, `WHERE \`_place\` <= ${n}`])
}

/** The rows of a key from so many ms before a row up to its own time, as Flink's OVER takes them. */
export function rangeBefore(keys: readonly string[], ms: number): string {
  const by = keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')} `
  return `${by}ORDER BY ${TIME_ATTRIBUTE} RANGE BETWEEN ${interval(ms)} PRECEDING AND CURRENT ROW`
}

/** The conditions under which two times that watermarks are about are the same one. */
export function sameMoment(left: string, right: string): readonly string[] {
  return [`${right} >= ${left} - ${interval(0)}`, `${right} <= ${left} + ${interval(0)}`]
}
