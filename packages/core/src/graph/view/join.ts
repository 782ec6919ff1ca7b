import { userError } from '../../error/index.ts'
import type { Typed, TypeName } from '../../expr/typed.ts'
import { type Duration, durationMs } from '../../type/duration.ts'
import { namedExprs } from '../features-asset.ts'
import { aliasedColumn, aliasedRow, viewColumns } from '../joined-asset.ts'
import { type ColumnName, type Columns, nameList, type Relation } from '../relation.ts'
import { type CommonViewOptions, type JoinMatch, type JoinPairs, type ViewAsset, viewAsset } from '../view-asset.ts'
import { columnTypes, pickColumns } from './column.ts'

/** What a right column is called inside a join's plan. */
export const RIGHT = 'right'

type TypeOf<X> = X extends Typed<infer T> ? T : never
type Comparable<T extends TypeName> = T extends 'int32' | 'int64' ? 'integer' : T

/** Names of the columns that can be equal to a column. */
type PartnerOf<X, R> = {
  [N in ColumnName<R>]: Comparable<TypeOf<R[N]>> extends Comparable<TypeOf<X>> ? N : never
}[ColumnName<R>]

type SharedName<L, R> = { [N in ColumnName<L> & ColumnName<R>]: N extends PartnerOf<L[N], R> ? N : never }[ColumnName<L> & ColumnName<R>]

/** Columns that both sides have, or right columns by left ones. */
export type JoinOn<L, R> = SharedName<L, R> | readonly SharedName<L, R>[] | { readonly [N in ColumnName<L>]?: PartnerOf<L[N], R> }

export interface JoinCommon<L extends Columns, R extends Columns, C extends Columns> extends CommonViewOptions {
  /** What must be equal: the name of a column that both have, several, or `{ left: 'right' }`. Null is equal to nothing. */
  readonly on: JoinOn<L, R>
  /** `left` keeps left rows without a partner, with nulls. `inner` when left out. */
  readonly how?: 'inner' | 'left'
  /** Exactly the columns of the view; all of the left side, then those of the right that are no keys, when left out. */
  readonly columns?: (left: L, right: R) => C
}

export interface JoinOptions<L extends Columns, R extends Columns, C extends Columns> extends JoinCommon<L, R, C> {
  /** Earliest and latest time of a right row, as seen from the left row's: `['-5m', '0s']` is the five minutes before it. */
  readonly within: readonly [Duration, Duration]
}

export interface AsOfOptions<L extends Columns, R extends Columns, C extends Columns> extends JoinCommon<L, R, C> {
  /** Only rows before the left row's time, not at it. */
  readonly strict?: boolean
  /** Rows older than this are no partners; no limit when left out. */
  readonly maxAge?: Duration
}

type Beside<L extends Columns, R extends Columns> = L & Omit<R, keyof L>

/**
 * Declares a view of the pairs of rows that are equal in some columns and near in time.
 *
 * @example
 * const paid = join('paid', orders, payments, { on: 'order_id', within: ['0s', '1h'], how: 'left' })
 */
export function join<L extends Columns, R extends Columns, C extends Columns = Beside<L, R>>(
  name: string,
  left: Relation<L>,
  right: Relation<R>,
  options: JoinOptions<L, R, C>,
): ViewAsset<C> {
  const [lower, upper] = options.within
  const match: JoinMatch = { type: 'interval', lower_ms: offsetMs(lower, name), upper_ms: offsetMs(upper, name) }
  return joinView(name, { left, right, options, match })
}

/**
 * Declares a view of the left rows, each with the latest right row at or before its time.
 *
 * @example
 * const priced = asOf('priced', orders, prices, { on: 'product_id', maxAge: '1d', how: 'left' })
 */
export function asOf<L extends Columns, R extends Columns, C extends Columns = Beside<L, R>>(
  name: string,
  left: Relation<L>,
  right: Relation<R>,
  options: AsOfOptions<L, R, C>,
): ViewAsset<C> {
  const { strict, maxAge } = options
  const match: JoinMatch = {
    type: 'as-of',
    ...(strict === undefined ? {} : { strict }),
    ...(maxAge === undefined ? {} : { max_age_ms: durationMs(maxAge, `maximum age of view \`${name}\``) }),
  }
  return joinView(name, { left, right, options, match })
}

/**
 * Declares a view of the left rows, each with the right side's current row as the left one is processed. A replay may see other rows.
 *
 * @example
 * const named = lookup('named', orders, customers, { on: { buyer: 'customer_id' }, how: 'left' })
 */
export function lookup<L extends Columns, R extends Columns, C extends Columns = Beside<L, R>>(
  name: string,
  left: Relation<L>,
  right: Relation<R>,
  options: JoinCommon<L, R, C>,
): ViewAsset<C> {
  return joinView(name, { left, right, options, match: { type: 'lookup' } })
}

interface JoinParts<L extends Columns, R extends Columns, C extends Columns> {
  readonly left: Relation<L>
  readonly right: Relation<R>
  readonly options: JoinCommon<L, R, C>
  readonly match: JoinMatch
}

function joinView<L extends Columns, R extends Columns, C extends Columns>(name: string, parts: JoinParts<L, R, C>): ViewAsset<C> {
  const { left, right, options, match } = parts
  const on = pairsOf(options.on, parts)
  const beside = aliasedRow(right, RIGHT) as R
  const columns: Columns = options.columns === undefined ? allColumns(name, parts, on) : options.columns(left.row, beside)
  return viewAsset(name, {
    inputs: [left, right],
    operation: { kind: 'join', match, how: options.how ?? 'inner', on, columns: namedExprs(columns, `view \`${name}\``) },
    columns: columnTypes(columns),
    entity: [],
    options,
  })
}

function pairsOf(on: unknown, { left, right }: { readonly left: Relation; readonly right: Relation }): JoinPairs {
  const pairs =
    typeof on === 'string' || Array.isArray(on)
      ? nameList(on as string | readonly string[]).map((column) => [column, column] as const)
      : (Object.entries(on as object) as [string, string][])
  pickColumns(
    left.row,
    pairs.map(([column]) => column),
  )
  pickColumns(
    right.row,
    pairs.map(([, column]) => column),
  )
  return pairs
}

/** All left columns, then the right ones that are no keys under the same name; another that both have is refused. */
function allColumns<L extends Columns, R extends Columns>(
  name: string,
  { left, right }: { readonly left: Relation<L>; readonly right: Relation<R> },
  on: JoinPairs,
): Columns {
  const own = viewColumns(left).map((column) => column.name)
  const isKey = (column: string): boolean => on.some(([a, b]) => a === b && a === column)
  const added = viewColumns(right).filter((column) => !isKey(column.name))
  const clash = added.find((column) => own.includes(column.name))
  if (clash !== undefined) {
    throw userError(
      'project/duplicate-column',
      `View \`${name}\` has \`${clash.name}\` from \`${left.name}\` and from \`${right.name}\`.`,
      {
        asked: clash.name,
        found: own,
        do: `Say which columns it has, e.g. \`columns: (l, r) => ({ ...l, ${right.name}_${clash.name}: r.${clash.name} })\`.`,
      },
    )
  }
  const rights = added.map(({ name: column, type }) => [column, { expr: { col: aliasedColumn(RIGHT, column) }, type }] as const)
  return { ...Object.fromEntries(own.map((column) => [column, left.row[column]])), ...Object.fromEntries(rights) }
}

/** A length of time that may point back, in milliseconds. */
function offsetMs(text: Duration, name: string): number {
  const back = text.startsWith('-')
  const ms = durationMs(back ? text.slice(1) : text, `bound of view \`${name}\``)
  return back && ms !== 0 ? -ms : ms
}
