import { pairOfKey } from './key.ts'
import type { Bounds, Tree } from './tree.ts'

/** Pairs and bytes that one page copies. */
const PAGE_PAIRS_MAX = 1024
const PAGE_BYTES_MAX = 4 * 1024 * 1024

export interface Pair {
  readonly key: string
  readonly value: Uint8Array
}

/** The next pairs within the bounds, and the bounds of the rest, undefined at the end. */
export function pairPage(tree: Tree, bounds: Bounds): { readonly pairs: Pair[]; readonly rest: Bounds | undefined } {
  const pairs: Pair[] = []
  let bytes = 0
  let rest: Bounds | undefined
  tree.scan(bounds, (key, value) => {
    pairs.push({ key: pairOfKey(key), value })
    bytes += value.length
    if (pairs.length < PAGE_PAIRS_MAX && bytes < PAGE_BYTES_MAX) return true
    rest = { start: Buffer.concat([key, Buffer.of(0)]), end: bounds.end }
    return false
  })
  return { pairs, rest }
}
