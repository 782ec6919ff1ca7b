/**
 * The order of rows by several keys, each ascending: places of the rows, those with all keys equal in their present order; null when the
 * rows already stand so.
 *
 * @param keys numbers by row, from the one that decides first on; a later one is asked for only where all before it are equal
 */
export function rowOrder(rows: number, keys: readonly (() => Float64Array)[]): Int32Array | null {
  const compare = rowComparer(keys)
  let ascending = true
  for (let row = 1; ascending && row < rows; row++) ascending = compare(row - 1, row) < 0
  if (ascending) return null
  const order = new Int32Array(rows)
  for (let row = 0; row < rows; row++) order[row] = row
  return order.sort(compare)
}

/** Compares rows as `rowOrder` orders them, by their places. */
export function rowComparer(keys: readonly (() => Float64Array)[]): (a: number, b: number) => number {
  const made: (Float64Array | undefined)[] = []
  return (a, b) => {
    for (let place = 0; place < keys.length; place++) {
      const key = (made[place] ??= keys[place]())
      const x = key[a]
      const y = key[b]
      if (x !== y) return x < y ? -1 : 1
    }
    return a - b
  }
}
