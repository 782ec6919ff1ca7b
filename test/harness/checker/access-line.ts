import type { Buffer } from 'node:buffer'

/** A decoded line, with the columns of the example's stream. */
export interface AccessRow {
  readonly event_time: number
  readonly ip: string
  readonly ident: string
  readonly remote_user: string
  readonly request: string
  readonly http_method: string | null
  readonly path: string | null
  readonly query: string | null
  readonly protocol: string | null
  readonly status: number
  readonly response_bytes: bigint | null
  readonly referer: string | null
  readonly user_agent: string | null
}

/** What a line comes to: a row, a reason to refuse it, or nothing when it is blank. */
export type ReadLine = { readonly row: AccessRow } | { readonly reason: string; readonly column: string | null } | 'blank'

const LINE_BYTES_MAX = 1_048_576
const INT64_MAX = 2n ** 63n - 1n
const YEAR_ONE = -62_135_596_800_000
const YEAR_LAST = 253_402_300_799_999
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const TIME = / \[([0-9]{2})\/([A-Za-z]{3})\/([0-9]{4}):([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})\] "/u
const QUOTED = '((?:[^"\\\\]|\\\\.)*)"'
const NAMES = /^([^ ]+) ([^ ]+) (.*)$/su
const REST = new RegExp(`^${QUOTED} (-?[0-9]+) (-|-?[0-9]+)(?: "${QUOTED} "${QUOTED})?$`, 'su')

/** Reads one line, given without its line ending, as the documented grammar has it. */
export function readAccessLine(bytes: Buffer): ReadLine {
  if (bytes.length > LINE_BYTES_MAX) return refused('decode/line-too-long')
  if (bytes.every((byte) => byte === 0x20)) return 'blank'
  if (bytes.includes(0)) return refused('decode/nul-byte')
  const text = utf8(bytes)
  if (text === undefined) return refused('decode/invalid-utf8')
  const names = NAMES.exec(text)
  const time = names === null ? null : TIME.exec(names[3])
  if (names === null || time === null) return refused('decode/not-this-format')
  const rest = REST.exec(names[3].slice(time.index + time[0].length))
  if (rest === null) return refused('decode/not-this-format')
  return judge({ names, user: names[3].slice(0, time.index), time: moment(time), rest })
}

interface Parts {
  readonly names: RegExpExecArray
  readonly user: string
  readonly time: number | undefined
  readonly rest: RegExpExecArray
}

function judge({ names, user, time, rest }: Parts): ReadLine {
  const [, request, statusText, bytesText, referer, agent] = rest
  const status = BigInt(statusText)
  const sent = bytesText === '-' ? null : BigInt(bytesText)
  if (time === undefined) return refused('decode/impossible-time', 'event_time')
  if (!fitsInt64(status)) return refused('decode/int64', 'status')
  if (sent !== null && !fitsInt64(sent)) return refused('decode/int64', 'response_bytes')
  if (status < 100n || status > 599n) return refused('contract/out-of-range', 'status')
  if (sent !== null && sent < 0n) return refused('contract/out-of-range', 'response_bytes')
  return {
    row: {
      event_time: time,
      ip: names[1],
      ident: names[2],
      remote_user: user,
      request,
      ...requestParts(request),
      status: Number(status),
      response_bytes: sent,
      referer: referer ?? null,
      user_agent: agent ?? null,
    },
  }
}

function refused(reason: string, column: string | null = null): ReadLine {
  return { reason, column }
}

function fitsInt64(value: bigint): boolean {
  return value <= INT64_MAX && value >= -INT64_MAX - 1n
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function requestParts(request: string): Pick<AccessRow, 'http_method' | 'path' | 'query' | 'protocol'> {
  const tokens = request.split(' ')
  if (tokens.length !== 3 || tokens.includes('')) return { http_method: null, path: null, query: null, protocol: null }
  const target = tokens[1].replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/su, '')
  const question = target.indexOf('?')
  return {
    http_method: tokens[0],
    path: target.split(/[?#]/u)[0],
    query: question < 0 ? null : target.slice(question + 1),
    protocol: tokens[2],
  }
}

/** Epoch milliseconds, or undefined when the text names no moment. */
function moment(parts: RegExpExecArray): number | undefined {
  const [, day, monthName, year, hour, minute, second, sign, zoneHour, zoneMinute] = parts
  const month = MONTHS.indexOf(monthName)
  if (
    month < 0 ||
    year === '0000' ||
    Number(hour) > 23 ||
    Number(minute) > 59 ||
    Number(second) > 59 ||
    Number(zoneHour) > 23 ||
    Number(zoneMinute) > 59
  )
    return undefined
  const date = new Date(`${year}-${String(month + 1).padStart(2, '0')}-${day}T${hour}:${minute}:${second}.000Z`)
  if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)) return undefined
  const zone = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000
  const time = date.getTime() + (sign === '+' ? -zone : zone)
  return time < YEAR_ONE || time > YEAR_LAST ? undefined : time
}
