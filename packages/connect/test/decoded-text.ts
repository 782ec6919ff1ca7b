import { rowsOf } from '@millrace/columnar'
import type { SourceField } from '@millrace/core'
import type { DecodedLines } from '../src/access-log/access-log-decoder.ts'
import type { LineBlock } from '../src/files/line-block.ts'
import { CARRY_BYTES_MAX, LineCutter, type RecordEnd } from '../src/files/line-cutter.ts'

/** A stream of each kind of column. */
export const FIELDS: readonly SourceField[] = [
  { name: 'ts1', type: 'timestamp' },
  { name: 'txt1', type: 'string' },
  { name: 'txt2', type: 'string', nullable: true },
  { name: 'int1', type: 'int32', nullable: true, min: '0' },
  { name: 'big1', type: 'int64', nullable: true },
  { name: 'num1', type: 'double', nullable: true },
  { name: 'flag1', type: 'boolean', nullable: true },
  { name: 'day1', type: 'date', nullable: true },
  { name: 'json1', type: 'json', nullable: true },
]
export const STREAM = { topic: 'events', fields: FIELDS, eventTime: 'ts1' }

/** The blocks of a text that comes in chunks of these sizes, the last one for the rest. */
export function blocksOf(text: string | Uint8Array, sizes: readonly number[] = [], recordEnd?: RecordEnd): LineBlock[] {
  const bytes = Buffer.from(text as string)
  const cutter = new LineCutter(0, undefined, recordEnd)
  const blocks: LineBlock[] = []
  let at = 0
  for (const size of [...sizes, bytes.length]) {
    const chunk = bytes.subarray(at, at + size)
    const buffer = Buffer.concat([Buffer.alloc(CARRY_BYTES_MAX), chunk])
    blocks.push(...cutter.cut(buffer, CARRY_BYTES_MAX, buffer.length))
    at += chunk.length
  }
  const tail = cutter.finish()
  return tail === undefined ? blocks : [...blocks, tail]
}

export interface DecodedText {
  readonly rows: readonly (readonly unknown[])[]
  readonly letters: readonly (readonly [reason: string, column: string | undefined, line: number])[]
  readonly lines: number
  readonly blank: number
}

interface Decoder {
  decode(block: LineBlock, at: { readonly split: string; readonly firstLine: number }): DecodedLines
}

/** What a decoder makes of blocks; each block must balance. */
export function decodeBlocks(decoder: Decoder, blocks: readonly LineBlock[]): DecodedText {
  const rows: unknown[][] = []
  const letters: [string, string | undefined, number][] = []
  let lines = 0
  let blank = 0
  for (const block of blocks) {
    const decoded = decoder.decode(block, { split: 'a', firstLine: lines + 1 })
    if (decoded.lines !== decoded.blank + decoded.batch.rows + decoded.deadLetters.length)
      throw new RangeError('the block does not balance')
    rows.push(...rowsOf(decoded.batch))
    letters.push(...decoded.deadLetters.map(({ reason, column, line }): [string, string | undefined, number] => [reason, column, line]))
    lines += decoded.lines
    blank += decoded.blank
  }
  return { rows, letters, lines, blank }
}
