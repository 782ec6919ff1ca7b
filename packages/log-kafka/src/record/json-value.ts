import { canonicalJsonText, dateText, exactDecimalFromText, type Value } from '@millrace/columnar'
import { isNested, nestedFromJson } from '@millrace/core'
import { ExactNumber, type Json, jsonText, parseJson, plainNumber } from './exact-number.ts'

const DAY_MS = 86_400_000
const INTEGER = /^-?[0-9]+$/
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/
/** As Flink writes times: with a `Z` those with a zone, without it the others, and no more digits of a second than it has. */
const TIME = /^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z?$/

/** The value of a type that JSON of a topic stands for; undefined where it is none. Reads what `cellWriter` writes, and what Flink writes. */
export function valueOfJson(json: Json, type: string): Value | undefined {
  if (json === null) return null
  switch (type) {
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined
    case 'int32':
      return int32Of(json)
    case 'int64':
      return int64Of(json)
    case 'double':
      return doubleOf(json)
    case 'timestamp':
      return typeof json === 'string' ? timeOf(json) : undefined
    case 'date':
      return typeof json === 'string' ? dayOf(json) : undefined
    case 'bytes':
      return typeof json === 'string' ? new Uint8Array(Buffer.from(json, 'base64')) : undefined
    case 'string':
      return typeof json === 'string' ? json : undefined
    case 'json':
      return typeof json === 'string' ? canonical(json) : undefined
    default:
      return type.startsWith('decimal(')
        ? decimalOf(json, type)
        : isNested(type)
          ? nestedFromJson(typeof json === 'string' ? json : jsonText(json), type, elementOf)
          : undefined
  }
}

function elementOf(text: string, type: string): Value | undefined {
  return valueOfJson(parseJson(text), type)
}

function int32Of(json: Json): number | undefined {
  return typeof json === 'number' && (json | 0) === json ? json : undefined
}

function int64Of(json: Json): number | bigint | undefined {
  if (typeof json === 'number') return json + 0
  if (!(json instanceof ExactNumber) || !INTEGER.test(json.source)) return undefined
  const wide = BigInt(json.source)
  return BigInt.asIntN(64, wide) === wide ? wide : undefined
}

/** Infinite and undefined numbers, which Flink writes as text, are null. */
function doubleOf(json: Json): number | null | undefined {
  if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return null
  const value = json instanceof ExactNumber ? Number(json.source) : json
  if (typeof value !== 'number') return undefined
  return Number.isFinite(value) ? value + 0 : null
}

function timeOf(text: string): number | undefined {
  const [, day, time, fraction = ''] = TIME.exec(text) ?? []
  if (day === undefined || dayOf(day) === undefined) return undefined
  const value = Date.parse(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`)
  return Number.isNaN(value) ? undefined : value
}

/** A day that no month has is moved by `Date.parse` to one of the next. */
function dayOf(text: string): number | undefined {
  const days = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) / DAY_MS : Number.NaN
  return Number.isNaN(days) || dateText(days) !== text ? undefined : days
}

function decimalOf(json: Json, type: string): string | undefined {
  const text =
    json instanceof ExactNumber ? plainNumber(json.source) : typeof json === 'number' || typeof json === 'string' ? String(json) : undefined
  return text === undefined ? undefined : exactDecimalFromText(text, type)
}

function canonical(text: string): string | undefined {
  const read = canonicalJsonText(text)
  return 'text' in read ? read.text : undefined
}
