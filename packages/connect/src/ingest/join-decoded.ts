import { concatBatches } from '@millrace/columnar'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'

/** Several blocks of one split, in order, as one. There is at least one. */
export function joinDecoded(blocks: readonly DecodedLines[]): DecodedLines {
  if (blocks.length === 1) return blocks[0]
  let rows = 0
  const deadLetters = blocks.flatMap((block) => {
    const before = rows
    rows += block.batch.rows
    return block.deadLetters.map((letter) => ({ ...letter, rowsBefore: letter.rowsBefore + before }))
  })
  return {
    batch: concatBatches(blocks.map(({ batch }) => batch)),
    offsets: joined(blocks.map(({ offsets }) => offsets)),
    lineNumbers: joined(blocks.map(({ lineNumbers }) => lineNumbers)),
    deadLetters,
    lines: blocks.reduce((sum, { lines }) => sum + lines, 0),
    blank: blocks.reduce((sum, { blank }) => sum + blank, 0),
  }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
