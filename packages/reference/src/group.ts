import { type Datum, keyText } from './datum.ts'
import type { Row } from './row.ts'

/** The values of a row's key columns. */
export function keyOf(row: Row, keys: readonly string[]): readonly Datum[] {
  return keys.map((key) => row.columns.get(key) as Datum)
}

/** Rows of equal keys together; nulls are equal. */
export function byKey(rows: readonly Row[], keys: readonly string[]): readonly (readonly Row[])[] {
  return [...Map.groupBy(rows, (row) => keyText(keyOf(row, keys))).values()]
}

/** Whether a left and a right row have equal values, none of them null, in each pair of columns. */
export function keysMeet(on: readonly (readonly [string, string])[], left: Row, right: Row): boolean {
  return on.every(([leftName, rightName]) => {
    const [a, b] = [left.columns.get(leftName) as Datum, right.columns.get(rightName) as Datum]
    return a !== null && b !== null && keyText([a]) === keyText([b])
  })
}

/** Columns of a left row followed by those of its partner, which are null where it has none. */
export function joinedColumns(left: Row, right: Row | undefined, rightNames: readonly string[]): ReadonlyMap<string, Datum> {
  return new Map([...left.columns, ...rightNames.map((name): [string, Datum] => [name, right?.columns.get(name) ?? null])])
}
