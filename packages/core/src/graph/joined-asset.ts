import { type DeclaredAt, declaredAt } from '../contract/declared-at.ts'
import { userError } from '../error/index.ts'
import type { Typed } from '../expr/typed.ts'
import { featureColumns } from './feature-columns.ts'
import { type DerivedColumns, type FeaturesAsset, type NamedExpr, namedExprs } from './features-asset.ts'
import type { MicroBatch } from './materialize.ts'
import { type Row, rowOf } from './row.ts'
import type { StreamAsset } from './stream-asset.ts'

type Columns = Readonly<Record<string, Typed>>

/** Whatever gives one row per entity and window. */
export type FeatureView<V extends Columns = Columns> = FeaturesAsset<V> | JoinedAsset<V>

type RowOf<V> = V extends { readonly row: infer R } ? R : never

export interface JoinedOptions<V extends FeaturesAsset, W extends Readonly<Record<string, FeaturesAsset>>, C extends DerivedColumns> {
  /** Views of the same stream. Their entity is the base's or a part of it: the row with the same values and the same window end is joined. */
  readonly with: W
  /** What is added to the base's columns; what comes from another view is null where that has no such row. */
  readonly columns: (base: RowOf<V>, others: { readonly [K in keyof W]: RowOf<W[K]> }) => C
  /** `false`: the view is a part of others and keeps no table of its own. */
  readonly table?: boolean
  /** How the view's table is filled in `dev` and `up`: by the stream engine when left out, or `microBatch('30s')`. */
  readonly materialize?: MicroBatch
  readonly doc?: string
}

/** A feature view whose rows are set in relation to other views: a key's own past, the whole site. */
export interface JoinedAsset<V extends Columns = Columns> {
  readonly kind: 'joined'
  readonly name: string
  readonly base: FeaturesAsset
  readonly others: readonly { readonly alias: string; readonly view: FeaturesAsset }[]
  /** The stream that all the views read. */
  readonly input: StreamAsset
  readonly entity: readonly string[]
  readonly columns: readonly NamedExpr[]
  readonly table: boolean
  readonly materialize: MicroBatch | undefined
  readonly row: Row<V>
  readonly doc: string | undefined
  readonly at: DeclaredAt | undefined
}

type JoinedRow<V extends FeaturesAsset, C extends DerivedColumns> = C & (V extends FeaturesAsset<infer R> ? R : never)

/**
 * Declares a view of a base's columns and further ones, from the rows of other views with the same entity and window end.
 *
 * @example
 * const ipSignals = joined('ip_signals', ipActivity, { with: { hour: ipHour },
 *   columns: (now, { hour }) => ({ pace: div(mul(now.hits, 12), hour.hits) }) })
 */
export function joined<V extends FeaturesAsset, W extends Readonly<Record<string, FeaturesAsset>>, C extends DerivedColumns>(
  name: string,
  base: V,
  options: JoinedOptions<V, W, C>,
): JoinedAsset<JoinedRow<V, C>> {
  const at = declaredAt()
  const others = Object.entries(options.with).map(([alias, view]) => ({ alias, view }))
  for (const { alias, view } of others) checkOther(view, { name, alias, base })
  const rows = Object.fromEntries(others.map(({ alias, view }) => [alias, aliasedRow(view, alias)]))
  const columns = options.columns(base.row as RowOf<V>, rows as { readonly [K in keyof W]: RowOf<W[K]> })
  const what = `feature view \`${name}\``
  const own = viewColumns(base)
  checkNames(Object.keys(columns), { name, own })
  return {
    kind: 'joined',
    name,
    base,
    others,
    input: base.input,
    entity: base.entity,
    columns: [...featureColumns(base).map((column) => ({ name: column, expr: { col: column } })), ...namedExprs(columns, what)],
    table: options.table ?? true,
    materialize: options.materialize,
    row: rowOf([...own, ...viewColumns({ row: columns })], what) as JoinedRow<V, C>,
    doc: options.doc,
    at,
  }
}

function checkNames(added: readonly string[], of: { readonly name: string; readonly own: readonly NamedType[] }): void {
  const twice = added.find((column) => of.own.some((one) => one.name === column))
  if (twice === undefined) return
  throw userError('project/duplicate-column', `\`${of.name}\` gives itself the column \`${twice}\`, which it has from its base.`, {
    asked: twice,
    found: of.own.map((one) => one.name),
    do: 'Give the added column another name.',
  })
}

/** The name under which a joined view's column stands beside the base's. */
export function aliasedColumn(alias: string, column: string): string {
  return `${alias}__${column}`
}

/** The columns of a relation as they are called beside another's. */
export function aliasedRow(view: { readonly row: Columns }, alias: string): Columns {
  return new Proxy(view.row, {
    get(target, column) {
      const value = Reflect.get(target, column) as Typed
      return typeof column === 'symbol' ? value : { expr: { col: aliasedColumn(alias, column) }, type: value.type }
    },
  })
}

function checkOther(view: FeaturesAsset, of: { readonly name: string; readonly alias: string; readonly base: FeaturesAsset }): void {
  if (view.input !== of.base.input) {
    throw userError('project/one-stream', `\`${of.name}\` joins \`${view.name}\`, which reads another stream than \`${of.base.name}\`.`, {
      asked: view.input.name,
      found: of.base.input.name,
      do: 'Join views of one stream.',
    })
  }
  const missing = view.entity.filter((column) => !of.base.entity.includes(column))
  if (missing.length === 0) return
  throw userError(
    'project/other-entity',
    `\`${of.name}\` joins \`${view.name}\` by ${missing.join(', ')}, which \`${of.base.name}\` does not have.`,
    {
      asked: view.entity,
      found: of.base.entity,
      do: 'Join views whose entity is that of the base or a part of it.',
    },
  )
}

/** A column of an asset. */
export interface NamedType {
  readonly name: string
  readonly type: string
}

/** The columns of an asset's rows with their types, in order. */
export function viewColumns(asset: { readonly row: Columns }): readonly NamedType[] {
  return Object.keys(asset.row).map((name) => ({ name, type: asset.row[name].type }))
}
