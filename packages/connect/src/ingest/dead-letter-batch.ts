import { type Batch, batchFromRows, type Field } from '@millrace/columnar'
import type { DeadLetter } from '../dead-letter.ts'

/** The table of refused lines: why, where, and the first bytes of what could not be read. */
export const DEAD_LETTER_FIELDS: readonly Field[] = [
  { name: '_arrival', type: 'int64', nullable: false },
  { name: '_split', type: 'string', nullable: false },
  { name: '_ingested_at', type: 'timestamp', nullable: false },
  { name: '_producer', type: 'string', nullable: false },
  { name: 'reason', type: 'string', nullable: false },
  { name: 'column_name', type: 'string', nullable: true },
  { name: 'raw', type: 'bytes', nullable: false },
  { name: 'raw_length', type: 'int64', nullable: false },
  { name: 'byte_offset', type: 'int64', nullable: false },
  { name: 'line', type: 'int64', nullable: false },
]

export interface DeadLetterStamp {
  readonly arrivals: readonly number[]
  readonly split: string
  readonly ingestedAt: number
  readonly producer: string
}

export function deadLetterBatch(letters: readonly DeadLetter[], stamp: DeadLetterStamp): Batch {
  return batchFromRows(
    DEAD_LETTER_FIELDS,
    letters.map((letter, i) => [
      stamp.arrivals[i],
      stamp.split,
      stamp.ingestedAt,
      stamp.producer,
      letter.reason,
      letter.column ?? null,
      letter.raw,
      letter.length,
      letter.offset,
      letter.line,
    ]),
  )
}
