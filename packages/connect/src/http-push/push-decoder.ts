import { type CsvOptions, type SourceField, userError } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import { CsvDecoder } from '../csv/csv-decoder.ts'
import type { LinesBlock } from '../files/line-block.ts'
import { RecordBuilder } from '../ingest/record-builder.ts'
import { jsonElements } from '../json-lines/json-elements.ts'
import { JsonLinesDecoder } from '../json-lines/json-lines-decoder.ts'
import { JsonRecord } from '../json-lines/json-record.ts'
import type { PushKind } from './push-content.ts'

const BODY = 'body'

/**
 * Decodes the bodies of requests. A JSON body is taken whole or not at all; of JSON lines and CSV each record stands for itself.
 * A record's offset is its place among all that were ever sent, from 0.
 */
export class PushDecoder {
  readonly #record: JsonRecord
  readonly #builder: RecordBuilder
  readonly #lines: JsonLinesDecoder
  readonly #csv: CsvDecoder

  /** @throws user `plan/type-not-offered` */
  constructor(stream: { readonly fields: readonly SourceField[]; readonly eventTime: string }, csv: CsvOptions) {
    this.#record = new JsonRecord(stream)
    this.#builder = new RecordBuilder(stream.fields)
    this.#lines = new JsonLinesDecoder(stream)
    this.#csv = new CsvDecoder(stream, csv)
  }

  /** Decodes a body whose first record is number `firstLine`, from 1. @throws user `ingest/malformed` */
  decode(body: Buffer, kind: PushKind, firstLine: number): DecodedLines {
    return placedByNumber(this.#decode(body, kind, firstLine))
  }

  #decode(body: Buffer, kind: PushKind, firstLine: number): DecodedLines {
    const block: LinesBlock = { kind: 'lines', bytes: body, from: 0, to: body.length, offset: 0, end: body.length, tail: true }
    if (kind === 'json') return this.#decodeJson(body, firstLine)
    if (kind === 'json-lines') return this.#lines.decode(block, { firstLine })
    this.#csv.forget(BODY)
    return this.#csv.decode(block, { split: BODY, firstLine })
  }

  #decodeJson(body: Buffer, firstLine: number): DecodedLines {
    const elements = jsonElements(body)
    if (elements === undefined) throw malformed('no object and no array of objects')
    for (const [i, { from, to }] of elements.entries()) {
      const decoded = this.#record.decode(body, from, to)
      if ('reason' in decoded && MALFORMED.has(decoded.reason)) {
        this.#builder.take()
        throw malformed(`element ${i}, at byte ${from}, is no JSON`)
      }
      this.#builder.add(decoded, body.subarray(from, to), { offset: 0, line: firstLine + i })
    }
    return this.#builder.take()
  }
}

const MALFORMED: ReadonlySet<string> = new Set(['decode/not-this-format', 'decode/nul-byte'])

function placedByNumber(decoded: DecodedLines): DecodedLines {
  return {
    ...decoded,
    offsets: decoded.lineNumbers.map((line) => line - 1),
    deadLetters: decoded.deadLetters.map((letter) => ({ ...letter, offset: letter.line - 1 })),
  }
}

function malformed(found: string): Error {
  return userError('ingest/malformed', `The body is not the JSON that it is said to be: ${found}.`, {
    asked: 'application/json',
    found,
    do: 'Send one object or an array of objects; nothing of the body was taken in.',
  })
}
