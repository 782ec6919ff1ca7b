import { isUtf8 } from 'node:buffer'
import { JSON_DEPTH_MAX } from '@millrace/columnar'
import type { SourceField } from '@millrace/core'
import { LINE_BYTES_MAX } from '../files/line-block.ts'
import { type ExactJson, parseExactJson } from './exact-json.ts'
import { jsonDepth } from './json-depth.ts'
import { type DecodedRow, RowDecoder } from './row-decoder.ts'

/** Text in which a number may have more digits than a double keeps. */
const LONG_NUMBER = /[0-9.]{16}|[0-9][eE]/

/** Decodes the bytes of one JSON object into a row of a contract. */
export class JsonRecord {
  readonly #rows: RowDecoder
  /** JSON columns keep nested numbers, whose digits nothing else looks at. */
  readonly #keepsNested: boolean

  /** @throws user `plan/type-not-offered` */
  constructor(stream: { readonly fields: readonly SourceField[]; readonly eventTime: string }) {
    this.#rows = new RowDecoder({ fields: stream.fields, event_time: stream.eventTime })
    this.#keepsNested = stream.fields.some((field) => field.type !== 'string' && !PLAIN.has(field.type))
  }

  /** Decodes `bytes[from, to)`; `text` gives it as text where the caller has it, `also` members that stand beside or in place of the object's. */
  decode(bytes: Buffer, from: number, to: number, text?: string, also?: Readonly<Record<string, ExactJson>>): DecodedRow {
    if (to - from > LINE_BYTES_MAX) return { reason: 'decode/line-too-long', column: undefined }
    const own = bytes.subarray(from, to)
    if (text === undefined && !isUtf8(own)) return { reason: 'decode/invalid-utf8', column: undefined }
    if (to - from > JSON_DEPTH_MAX && jsonDepth(own) > JSON_DEPTH_MAX) return { reason: 'decode/too-deep', column: undefined }
    const given = text ?? own.toString('utf8')
    const exactly = this.#keepsNested && LONG_NUMBER.test(given)
    try {
      const decoded = this.#rows.decode(joined(exactly ? parseExactJson(given) : (JSON.parse(given) as ExactJson), also))
      return !exactly && 'reason' in decoded && decoded.reason === 'decode/int64'
        ? this.#rows.decode(joined(parseExactJson(given), also))
        : decoded
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return { reason: own.includes(0) ? 'decode/nul-byte' : 'decode/not-this-format', column: undefined }
    }
  }
}

const PLAIN: ReadonlySet<string> = new Set(['boolean', 'int32', 'int64', 'double', 'bytes', 'timestamp', 'date'])

function joined(value: ExactJson, also: Readonly<Record<string, ExactJson>> | undefined): ExactJson {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value)
  return also !== undefined && isObject ? { ...value, ...also } : value
}
