import { isUtf8 } from 'node:buffer'
import type { KafkaSourceDeclaration } from '@millrace/core'
import type { IncomingRecord } from '@millrace/log-kafka'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import { LINE_BYTES_MAX } from '../files/line-block.ts'
import type { IngestField } from '../ingest/ingest-field.ts'
import { RecordBuilder } from '../ingest/record-builder.ts'
import type { ExactJson } from '../json-lines/exact-json.ts'
import { JsonRecord } from '../json-lines/json-record.ts'
import { PlainJson } from '../json-lines/plain/plain-json.ts'
import { type DecodedRow, RowDecoder } from '../json-lines/row-decoder.ts'
import { AvroValue } from './avro-value.ts'

type Values = Record<string, ExactJson>
type DecodeValue = (value: Buffer, also: Values) => DecodedRow

const NOT_THIS_FORMAT: DecodedRow = { reason: 'decode/not-this-format', column: undefined }
const EMPTY = Buffer.alloc(0)

/** Decodes records of a topic as its declaration says. A record's offset is that of its partition, its line the number after it. */
export class KafkaRecords {
  readonly #declaration: Pick<KafkaSourceDeclaration, 'fields' | 'tombstones'>
  /** Records of JSON of which no field comes from elsewhere. */
  readonly #plain: PlainJson | undefined
  readonly #builder: RecordBuilder
  readonly #rows: RowDecoder
  readonly #decode: DecodeValue
  /** Whether the field of the key is one of bytes. */
  readonly #hasBytesKey: boolean

  /** @throws user `plan/type-not-offered`, `source/bad-schema` */
  constructor(
    stream: { readonly fields: readonly IngestField[]; readonly eventTime: string },
    declaration: Pick<KafkaSourceDeclaration, 'fields' | 'tombstones' | 'format'>,
  ) {
    this.#declaration = declaration
    this.#plain = declaration.format.kind === 'json' && isOfValues(declaration.fields) ? PlainJson.of(stream) : undefined
    this.#builder = new RecordBuilder(stream.fields, this.#plain)
    this.#rows = new RowDecoder({ fields: stream.fields, event_time: stream.eventTime })
    this.#decode = this.#decoderOf(stream, declaration.format)
    this.#hasBytesKey = stream.fields.find(({ name }) => name === declaration.fields.key)?.type === 'bytes'
  }

  decode(records: readonly IncomingRecord[]): DecodedLines {
    for (const record of records) this.#add(record)
    return this.#builder.take()
  }

  #add(record: IncomingRecord): void {
    const at = { offset: record.offset, line: record.offset + 1 }
    const { value } = record
    if (value === null && this.#declaration.tombstones === 'skip') this.#builder.blank()
    else if (value === null) this.#builder.add(this.#rows.decode(this.#metadata(record)), EMPTY, at)
    else if (value.length > LINE_BYTES_MAX)
      this.#builder.refuse({ reason: 'decode/line-too-long', column: undefined, raw: value, length: value.length }, at)
    else if (this.#plain !== undefined && isUtf8(value) && this.#plain.read(value, 0, value.length)) this.#builder.taken(at)
    else this.#builder.add(this.#decode(value, this.#metadata(record)), value, at)
  }

  /** What does not come from the value. A field whose key is no text has none. */
  #metadata({ key, timestamp, headers }: IncomingRecord): Values {
    const { fields } = this.#declaration
    const values: Values = {}
    if (fields.key !== undefined) values[fields.key] = this.#hasBytesKey ? (key?.toString('base64') ?? null) : textOf(key)
    if (fields.timestamp !== undefined) values[fields.timestamp] = timestamp
    for (const [field, name] of Object.entries(fields.headers ?? {}))
      values[field] = textOf(headers.findLast(([header]) => header?.toString() === name)?.[1] ?? null)
    return values
  }

  #decoderOf(
    stream: { readonly fields: readonly IngestField[]; readonly eventTime: string },
    format: KafkaSourceDeclaration['format'],
  ): DecodeValue {
    switch (format.kind) {
      case 'avro': {
        const avro = new AvroValue(format.schema, format.wire)
        return (value, also) => {
          const record = avro.read(value)
          return record === undefined ? NOT_THIS_FORMAT : this.#rows.decode({ ...(record as Values), ...also })
        }
      }
      case 'text':
        return (value, also) =>
          isUtf8(value)
            ? this.#rows.decode({ ...also, [format.field]: value.toString('utf8') })
            : { reason: 'decode/invalid-utf8', column: format.field }
      case 'bytes':
        return (value, also) => this.#rows.decode({ ...also, [format.field]: value.toString('base64') })
      default: {
        const json = new JsonRecord(stream)
        return (value, also) => json.decode(value, 0, value.length, undefined, also)
      }
    }
  }
}

/** Whether no field comes from a record's key, time or headers. */
function isOfValues({ key, timestamp, headers = {} }: KafkaSourceDeclaration['fields']): boolean {
  return key === undefined && timestamp === undefined && Object.keys(headers).length === 0
}

function textOf(bytes: Buffer | null): string | null {
  return bytes !== null && isUtf8(bytes) ? bytes.toString('utf8') : null
}
