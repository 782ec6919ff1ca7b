import type { Typed, TypeName } from '../expr/typed.ts'
import type { FeaturesAsset } from './features-asset.ts'
import type { JoinedAsset } from './joined-asset.ts'
import type { Row } from './row.ts'
import type { StreamAsset } from './stream-asset.ts'
import type { ViewAsset } from './view-asset.ts'

export type Columns = Readonly<Record<string, Typed>>

/** Whatever has rows that a view can read: streams, feature views and other views. */
export type AnyRelation = StreamAsset | FeaturesAsset | JoinedAsset | ViewAsset

/** A relation whose columns TypeScript knows. */
export interface Relation<V extends Columns = Columns> {
  readonly kind: AnyRelation['kind']
  readonly name: string
  readonly row: Row<V>
}

/** Names of columns. */
export type ColumnName<V> = Extract<keyof V, string>

/** Names of the columns that have one of these types. */
export type NameOfType<V, T extends TypeName> = {
  [N in ColumnName<V>]: V[N] extends Typed<infer C> ? (C extends T ? N : never) : never
}[ColumnName<V>]

/** One column, or several. */
export type Names<N extends string> = N | readonly N[]

/** The names as a list. */
export function nameList<N extends string>(names: Names<N>): readonly N[] {
  return typeof names === 'string' ? [names] : names
}
