import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import { type ExactJson, exactJsonText } from '../json-lines/exact-json.ts'
import { RowDecoder } from '../json-lines/row-decoder.ts'
import type { IngestField } from './ingest-field.ts'
import { RecordBuilder } from './record-builder.ts'

/**
 * Records whose values have types already, such as those of Parquet: checked against the contract as any others. A value is given as what
 * stands for it in JSON: bytes as base64, times as epoch ms, dates and decimals as text, lists and structs as they are. A record's offset is its place in its split.
 */
export class TypedRecords {
  readonly #rows: RowDecoder
  readonly #builder: RecordBuilder

  /** @throws user `plan/type-not-offered` */
  constructor(stream: { readonly fields: readonly IngestField[]; readonly eventTime: string }) {
    this.#rows = new RowDecoder({ fields: stream.fields, event_time: stream.eventTime })
    this.#builder = new RecordBuilder(stream.fields)
  }

  /** Takes the values of record `line`, from 1, in the order of the contract's fields. */
  add(values: readonly ExactJson[], line: number): void {
    const at = { offset: line - 1, line }
    const decoded = this.#rows.decodeCells(values)
    if ('values' in decoded) this.#builder.add(decoded, NOTHING, at)
    else this.#builder.add(decoded, Buffer.from(exactJsonText(values)), at)
  }

  /** What was taken since the last call. */
  take(): DecodedLines {
    return this.#builder.take()
  }
}

const NOTHING = new Uint8Array(0)
