import { type Bounds, lowerBytes, lowerText, upperBytes, upperText } from '../format/bound.ts'
import { type Comparable, decimalOf, singleValue } from '../format/single-value.ts'

const TIME = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:\+00)?$/
const DATE = /^(\d{4,6})-(\d\d)-(\d\d)$/
const DAY_MS = 86_400_000

/** Bounds from the texts in which DuckDB tells a column's least and greatest value; none where a text is not understood. */
export function boundsOfTexts(type: unknown, least: string, greatest: string): Bounds {
  if (type === 'string') return ofText(Buffer.from(least, 'utf8'), Buffer.from(greatest, 'utf8'))
  if (type === 'binary') return ofBytes(least, greatest)
  const [low, high] = [valueOfText(type, least), valueOfText(type, greatest)]
  if (low === undefined || high === undefined) return {}
  return { lower: singleValue(type, low), upper: singleValue(type, high) }
}

function ofText(least: Buffer, greatest: Buffer): Bounds {
  const upper = upperText(greatest)
  return { lower: lowerText(least), ...(upper === undefined ? {} : { upper }) }
}

function ofBytes(least: string, greatest: string): Bounds {
  if (!isHex(least) || !isHex(greatest)) return {}
  const upper = upperBytes(Buffer.from(greatest, 'hex'))
  return { lower: lowerBytes(Buffer.from(least, 'hex')), ...(upper === undefined ? {} : { upper }) }
}

function isHex(text: string): boolean {
  return /^([0-9a-fA-F]{2})*$/.test(text)
}

function valueOfText(type: unknown, text: string): Comparable | undefined {
  const decimal = decimalOf(type)
  if (decimal !== undefined) return /^-?\d+(\.\d+)?$/.test(text) ? BigInt(text.replace('.', '')) : undefined
  switch (type) {
    case 'boolean':
      return text === '1' || text === 'true' ? 1 : 0
    case 'int':
      return /^-?\d+$/.test(text) ? Number(text) : undefined
    case 'long':
      return /^-?\d+$/.test(text) ? BigInt(text) : undefined
    case 'float':
    case 'double':
      return Number.isFinite(Number(text)) ? Number(text) : undefined
    case 'date':
      return days(DATE.exec(text))
    case 'timestamp':
    case 'timestamptz':
      return micros(TIME.exec(text))
    default:
      return undefined
  }
}

function days(match: RegExpExecArray | null): number | undefined {
  return match === null ? undefined : utc(Number(match[1]), Number(match[2]), Number(match[3])) / DAY_MS
}

function micros(match: RegExpExecArray | null): bigint | undefined {
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = ''] = match
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  return BigInt(utc(Number(year), Number(month), Number(day)) + seconds * 1000) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

/** Epoch ms of a day; `Date.UTC` takes years below 100 for those of the last century. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day)
}
