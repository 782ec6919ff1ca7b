import type { RecordFormat } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import { CombinedDecoder } from '../access-log/combined-decoder.ts'
import { CsvDecoder } from '../csv/csv-decoder.ts'
import type { LineBlock } from '../files/line-block.ts'
import { JsonLinesDecoder } from '../json-lines/json-lines-decoder.ts'
import type { IngestField } from './ingest-field.ts'

/** Where a block lies: its split, and the number of its first record there, from 1. */
export interface BlockPlace {
  readonly split: string
  readonly firstLine: number
}

/** What a decoder keeps by split for the blocks after a restart; JSON-safe. */
export type DecoderState = Readonly<Record<string, unknown>>

/** Turns the blocks of splits into columns of the contract's fields, and what is no record or against the contract into dead letters. */
export interface RecordDecoder {
  decode(block: LineBlock, at: BlockPlace): DecodedLines
  state(): DecoderState
  /** Takes up what was kept of a split that goes on. */
  restore(split: string, kept: unknown): void
  /** Nothing more will come of the split. */
  forget(split: string): void
}

/** What a decoder needs to know of a stream. */
export interface DecodedStream {
  readonly topic: string
  readonly fields: readonly IngestField[]
  readonly eventTime: string
  readonly format: RecordFormat
}

/**
 * The decoder of a stream's format. Parquet has none: its rows come as columns.
 *
 * @throws user `project/not-in-format` where the contract has a field that the format does not give, `plan/type-not-offered`
 */
export function decoderOf(stream: DecodedStream, state: DecoderState = {}): RecordDecoder {
  switch (stream.format.kind) {
    case 'combined':
      return new CombinedDecoder(stream)
    case 'csv':
      return new CsvDecoder(stream, { ...stream.format, state })
    default:
      return new JsonLinesDecoder(stream)
  }
}
