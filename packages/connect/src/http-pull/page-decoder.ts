import type { HttpPullDeclaration, SourceField } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import { PushDecoder } from '../http-push/push-decoder.ts'
import { RecordBuilder } from '../ingest/record-builder.ts'
import { JsonRecord } from '../json-lines/json-record.ts'
import { csvPage, linesPage } from './line-page.ts'
import { type PageBody, readPage } from './page-body.ts'

const MEDIA_TYPES = { json: 'application/json', 'json-lines': 'application/x-ndjson', csv: 'text/csv' } as const

/** Finds the records of pages and decodes them; those of lines as the push source does. */
export class PageDecoder {
  readonly #declaration: Pick<HttpPullDeclaration, 'format' | 'records' | 'paging'>
  readonly #place: string
  readonly #fields: readonly string[]
  readonly #record: JsonRecord
  readonly #builder: RecordBuilder
  readonly #lines: PushDecoder

  /** @throws user `plan/type-not-offered` */
  constructor(
    stream: { readonly fields: readonly SourceField[]; readonly eventTime: string },
    declaration: Pick<HttpPullDeclaration, 'format' | 'records' | 'paging'>,
    place: string,
  ) {
    const { format } = declaration
    this.#declaration = declaration
    this.#place = place
    this.#fields = stream.fields.map(({ name }) => name)
    this.#record = new JsonRecord(stream)
    this.#builder = new RecordBuilder(stream.fields)
    this.#lines = new PushDecoder(stream, format.kind === 'csv' ? format : {})
  }

  /** The media type of the pages. */
  get accept(): string {
    return MEDIA_TYPES[this.#declaration.format.kind]
  }

  /** @throws operating `pull/not-this-form` */
  read(body: Buffer): PageBody {
    const { format, records, paging } = this.#declaration
    if (format.kind === 'json-lines') return linesPage(body, this.#place)
    if (format.kind === 'csv') return csvPage(body, { ...format, fields: this.#fields, place: this.#place })
    const next = paging?.kind === 'cursor' || paging?.kind === 'link' ? paging.at : undefined
    return readPage(body, { records, next, place: this.#place })
  }

  /** The records of a page from the one at place `from` on; the first is number `firstLine`, from 1. */
  decode(page: PageBody, { from, firstLine }: { readonly from: number; readonly firstLine: number }): DecodedLines {
    const { kind } = this.#declaration.format
    if (kind === 'json') return this.#decodeJson(page, { from, firstLine })
    const { body, head, records } = page
    const fresh = body.subarray(records[from].from)
    return this.#lines.decode(head === undefined ? fresh : Buffer.concat([body.subarray(head.from, head.to), fresh]), kind, firstLine)
  }

  #decodeJson({ body, records }: PageBody, { from, firstLine }: { readonly from: number; readonly firstLine: number }): DecodedLines {
    for (const [i, element] of records.slice(from).entries()) {
      const line = firstLine + i
      const decoded = this.#record.decode(body, element.from, element.to)
      this.#builder.add(decoded, body.subarray(element.from, element.to), { offset: line - 1, line })
    }
    return this.#builder.take()
  }
}
