import type { Value } from '@millrace/core'

/** A multiset of rows told by their number and the sum of their hashes: no order of rows, and no row that was taken back, shows in it. */
export class RowDigest {
  rows = 0
  #sum = 0

  /** `times`: −1 takes a row back. */
  add(values: readonly Value[], times: 1 | -1 = 1): void {
    let hash = 0x811c9dc5
    for (const value of values) hash = Math.imul(hash ^ hashOf(value), 0x9e3779b1)
    this.#sum = (this.#sum + times * mixed(hash)) | 0
    this.rows += times
  }

  get text(): string {
    return `${this.rows} rows, ${(this.#sum >>> 0).toString(16)}`
  }
}

/** FNV-1a over the characters of a value's text. */
function hashOf(value: Value): number {
  const text = typeof value === 'string' ? `"${value}` : String(value)
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  return half ^ (half >>> 13)
}
