import type { LiteralExpr } from '@millrace/core'
import { literalValue } from '@millrace/core'
import { type Datum, datumOf } from './datum.ts'
import { utcTime } from './time-function.ts'

const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/
const DAY_MS = 86_400_000

/**
 * The value of a literal of a checked plan. Times are ISO 8601 with a zone, or epoch milliseconds; parts of a second finer than
 * a millisecond are cut off. Dates are ISO 8601, bytes base64, decimals their digits, json, lists and structs JSON.
 */
export function literalDatum({ lit, type }: LiteralExpr): Datum {
  if (lit === null) return null
  switch (type) {
    case 'boolean':
      return lit === 'true'
    case 'int32':
    case 'int64':
      return BigInt(lit)
    case 'double':
      return Number(lit) + 0
    case 'string':
      return lit
    case 'bytes':
      return new Uint8Array(Buffer.from(lit, 'base64'))
    case 'timestamp':
      return timestampOf(lit)
    case 'date':
      return timestampOf(`${lit}T00:00:00Z`) / DAY_MS
    default:
      return datumOf(literalValue({ lit, type }) ?? null, type)
  }
}

export function timestampOf(text: string): number {
  const match = TIMESTAMP.exec(text)
  if (match === null) return Number(text)
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number)
  const ms = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  const zoneMinutes = match[8] === undefined ? 0 : Number(`${match[8]}1`) * (Number(match[9]) * 60 + Number(match[10]))
  return utcTime(year, month, day) + ((hour * 60 + minute - zoneMinutes) * 60 + second) * 1000 + ms
}
