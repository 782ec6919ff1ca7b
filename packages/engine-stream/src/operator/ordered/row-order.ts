import type { RowComparer } from './value-order.ts'

/**
 * The order of rows by several keys, each ascending: places of the rows, those with all keys equal in their present order; null when the
 * rows already stand so.
 *
 * @param keys comparers, from the one that decides first on; a later one is made only where all before it find rows equal
 */
export function rowOrder(rows: number, keys: readonly (() => RowComparer)[]): Int32Array | null {
  const compare = rowComparer(keys)
  let ascending = true
  for (let row = 1; ascending && row < rows; row++) ascending = compare(row - 1, row) < 0
  if (ascending) return null
  const order = new Int32Array(rows)
  for (let row = 0; row < rows; row++) order[row] = row
  return order.sort(compare)
}

/** Compares rows as `rowOrder` orders them, by their places. */
export function rowComparer(keys: readonly (() => RowComparer)[]): RowComparer {
  const made: (RowComparer | undefined)[] = []
  return (a, b) => {
    for (let place = 0; place < keys.length; place++) {
      const found = (made[place] ??= keys[place]())(a, b)
      if (found !== 0) return found
    }
    return a - b
  }
}
