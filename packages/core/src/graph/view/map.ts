import type { FieldType } from '../../contract/field-type.ts'
import type { DecimalName, ListName, StructName, Typed, TypeName } from '../../expr/typed.ts'
import { checkName } from '../../plan/check-source.ts'
import { mapFunction } from '../../plan/map-function.ts'
import { viewColumns } from '../joined-asset.ts'
import type { ColumnName, Columns, Relation } from '../relation.ts'
import { type CommonViewOptions, type ViewAsset, viewAsset } from '../view-asset.ts'
import { columnTypes, pickColumns } from './column.ts'

/** What JSON text stands for. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue }

interface GivenTypes {
  readonly boolean: boolean
  readonly int32: number
  readonly int64: bigint
  readonly double: number
  readonly string: string
  readonly bytes: Uint8Array
  readonly timestamp: Date
  /** ISO 8601. */
  readonly date: string
  readonly json: JsonValue
}

/** What a function is given for a column of a type. */
export type GivenValue<T extends TypeName> = T extends keyof GivenTypes
  ? GivenTypes[T]
  : T extends DecimalName
    ? string
    : T extends ListName | StructName
      ? JsonValue
      : never

/** What a function may give for a column of a type: as it is given them, and safe integers for an int64. */
export type TakenValue<T extends TypeName> = T extends 'int64' ? bigint | number : T extends DecimalName ? string | bigint : GivenValue<T>

/** What a function is given of a row: any column may be null. */
export type MapRow<V extends Columns> = { readonly [N in keyof V]: V[N] extends Typed<infer T> ? GivenValue<T> | null : never }

/** What a function gives for a row: a value for each declared column, null only where it is nullable. */
export type MapResult<C extends Readonly<Record<string, FieldType>>> = {
  readonly [N in keyof C]: C[N] extends FieldType<infer T, infer Nullable> ? TakenValue<T> | (Nullable extends false ? never : null) : never
}

/** Columns by the types that are declared for them. */
export type MappedColumns<C extends Readonly<Record<string, FieldType>>> = {
  readonly [N in keyof C]: C[N] extends FieldType<infer T> ? Typed<T> : never
}

export interface MapOptions<V extends Columns, N extends ColumnName<V>, C extends Readonly<Record<string, FieldType>>>
  extends CommonViewOptions {
  /** Columns that the function is given; all when left out. Those that it does not need are better not named: they are not read. */
  readonly reads?: readonly N[]
  /** Columns that the function gives: they replace those of the same name, or stand behind the input's. */
  readonly columns: C
  /**
   * Computes a row's columns from that row alone: without waiting, without a clock, a random number or anything else that is another tomorrow.
   * A row at which it throws, or for which it gives another shape, goes to `<view>__dead_letters`.
   */
  readonly fn: (row: MapRow<Pick<V, N>>) => MapResult<C>
}

/**
 * Declares a view with columns that a TypeScript function computes, where expressions do not reach. Rows keep their event time, order and
 * stamps. It runs on the stream engine and in DuckDB.
 *
 * @example
 * const agents = map('agents', requests, {
 *   reads: ['user_agent'],
 *   columns: { is_tool: t.boolean() },
 *   fn: ({ user_agent }) => ({ is_tool: /^(curl|wget)\b/i.test(user_agent ?? '') }),
 * })
 */
export function map<V extends Columns, C extends Readonly<Record<string, FieldType>>, N extends ColumnName<V> = ColumnName<V>>(
  name: string,
  input: Relation<V>,
  options: MapOptions<V, N, C>,
): ViewAsset<Omit<V, keyof C> & MappedColumns<C>> {
  const own = viewColumns(input)
  const reads = pickColumns(input.row, options.reads ?? own.map((column) => column.name as N)).map((column) => column.name)
  for (const column of Object.keys(options.columns)) checkName(column, `view \`${name}\``)
  const given = columnTypes(options.columns)
  const fn = mapFunction(options.fn as (row: never) => unknown)
  const columns = Object.entries(options.columns).map(([column, { type, nullable }]) => ({
    name: column,
    type,
    ...(nullable ? { nullable } : {}),
  }))
  return viewAsset(name, {
    inputs: [input],
    operation: { kind: 'map', fn, reads, columns },
    columns: [
      ...own.map((column) => given.find((one) => one.name === column.name) ?? column),
      ...given.filter((one) => !own.some((column) => column.name === one.name)),
    ],
    options,
  })
}
