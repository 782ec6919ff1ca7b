import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectationOf } from '../harness/checker/expectation.ts'
import { type RunDocument, type SqlDocument, wholeInput } from '../harness/document.ts'
import { accessLine, logTime } from '../harness/log-text.ts'
import { StateFolder } from '../harness/state-folder.ts'

// One log with every kind of bad line in it, a good line after each: what the tables say of each line, and that nothing else is touched.

const START = Date.UTC(2026, 3, 1, 12)
const usual = accessLine({ time: START, ip: '203.0.113.9' })
const time = logTime(START)
const at = (text: string) => usual.replace(time, text)
const latin = (text: string) => Buffer.from(text, 'latin1')

interface Line {
  readonly line: string | Buffer
  /** The reason it is refused for, or the columns it must have. */
  readonly reason?: string
  readonly column?: string
  readonly row?: Readonly<Record<string, string | number | null>>
}

const lines: Readonly<Record<string, Line>> = {
  'a text that is no log line': { line: 'cannot open file', reason: 'decode/not-this-format' },
  'a line cut off in its time': { line: usual.slice(0, 30), reason: 'decode/not-this-format' },
  'a line cut off in its request': { line: usual.slice(0, usual.indexOf('HTTP')), reason: 'decode/not-this-format' },
  'a line with a word too many': { line: `${usual} 7`, reason: 'decode/not-this-format' },
  'a line without referer and agent closed': { line: `${usual} "-" "agent`, reason: 'decode/not-this-format' },
  'a status that is no number': { line: usual.replace(' 200 ', ' OK '), reason: 'decode/not-this-format' },
  '31 February': { line: at(time.replace('01/Apr', '31/Feb')), reason: 'decode/impossible-time', column: 'event_time' },
  '29 February of a year that is not leap': {
    line: at(time.replace('01/Apr/2026', '29/Feb/1900')),
    reason: 'decode/impossible-time',
    column: 'event_time',
  },
  'hour 24': { line: at(time.replace(':12:', ':24:')), reason: 'decode/impossible-time', column: 'event_time' },
  'second 60': { line: at(time.replace(':00 +', ':60 +')), reason: 'decode/impossible-time', column: 'event_time' },
  'a month that does not exist': { line: at(time.replace('Apr', 'Avr')), reason: 'decode/impossible-time', column: 'event_time' },
  'a zone beyond a day': { line: at(time.replace('+0000', '+2400')), reason: 'decode/impossible-time', column: 'event_time' },
  'the year 0': {
    line: at(time.replace('01/Apr/2026:12', '31/Dec/0000:23').replace('+0000', '-0100')),
    reason: 'decode/impossible-time',
    column: 'event_time',
  },
  'a lone byte above 127': { line: latin(usual.replace('GET', 'G\xe9T')), reason: 'decode/invalid-utf8' },
  'an overlong form': { line: latin(usual.replace('GET', '\xc0\xaf')), reason: 'decode/invalid-utf8' },
  'a surrogate': { line: latin(usual.replace('GET', '\xed\xa0\x80')), reason: 'decode/invalid-utf8' },
  'a NUL byte': { line: usual.replace('GET', 'G\0T'), reason: 'decode/nul-byte' },
  'a NUL byte in a line that is no UTF-8 either': { line: latin(`${usual}\0\xff`), reason: 'decode/nul-byte' },
  'a line of 10 MB': { line: Buffer.alloc(10_000_000, 'a'), reason: 'decode/line-too-long' },
  'a line one byte over 1 MiB': { line: usual.replace('GET', 'G'.repeat(1_048_576 - usual.length + 4)), reason: 'decode/line-too-long' },
  'a line of exactly 1 MiB': { line: usual.replace('GET', 'G'.repeat(1_048_576 - usual.length + 3)), row: { path: '/', status: 200 } },
  'more than 1 MiB of spaces': { line: Buffer.alloc(1_048_577, ' '), reason: 'decode/line-too-long' },
  'an IPv6 address': { line: accessLine({ time: START, ip: '2001:db8::8a2e:370:7334' }), row: { ip: '2001:db8::8a2e:370:7334' } },
  'status 0': { line: accessLine({ time: START, status: 0 }), reason: 'contract/out-of-range', column: 'status' },
  'status 99': { line: accessLine({ time: START, status: 99 }), reason: 'contract/out-of-range', column: 'status' },
  'status 599': { line: accessLine({ time: START, status: 599 }), row: { status: 599 } },
  'status 600': { line: accessLine({ time: START, status: 600 }), reason: 'contract/out-of-range', column: 'status' },
  'status 1000': { line: accessLine({ time: START, status: 1000 }), reason: 'contract/out-of-range', column: 'status' },
  'status 2^64': { line: accessLine({ time: START, status: String(2n ** 64n) }), reason: 'decode/int64', column: 'status' },
  'bytes -1': { line: accessLine({ time: START, bytes: -1 }), reason: 'contract/out-of-range', column: 'response_bytes' },
  'bytes 2^70': { line: accessLine({ time: START, bytes: String(2n ** 70n) }), reason: 'decode/int64', column: 'response_bytes' },
  'bytes 2^63': { line: accessLine({ time: START, bytes: String(2n ** 63n) }), reason: 'decode/int64', column: 'response_bytes' },
  'bytes 2^63 - 1': { line: accessLine({ time: START, bytes: String(2n ** 63n - 1n) }), row: { response_bytes: '9223372036854775807' } },
  'bytes 2^53 + 1': { line: accessLine({ time: START, bytes: '9007199254740993' }), row: { response_bytes: '9007199254740993' } },
  'bytes -': { line: accessLine({ time: START, bytes: '-' }), row: { response_bytes: null } },
  'a scanner that sends no request': {
    line: accessLine({ time: START, request: '\\x16\\x03\\x01' }),
    row: { request: '\\x16\\x03\\x01', http_method: null, path: null, protocol: null },
  },
  'quotes and backslashes in quotes': {
    line: accessLine({ time: START, tail: ' "a\\"b" "c\\\\"' }),
    row: { referer: 'a\\"b', user_agent: 'c\\\\' },
  },
  'a user with spaces and brackets': { line: accessLine({ time: START, user: 'ann [x] lee' }), row: { remote_user: 'ann [x] lee' } },
  'a time a year ahead': { line: accessLine({ time: START + 365 * 86_400_000 }), row: { event_time: '2027-04-01T12:00:00.000Z' } },
  'a time a year back': { line: accessLine({ time: START - 365 * 86_400_000 }), row: { event_time: '2025-04-01T12:00:00.000Z' } },
  'the first moment there is': { line: at('01/Jan/0001:00:00:00 +0000'), row: { event_time: '0001-01-01T00:00:00.000Z' } },
}

const names = Object.keys(lines)
const good = Buffer.from(`\n${accessLine({ time: START, ip: '192.0.2.77' })}\n`)
const log = Buffer.concat([
  ...Object.values(lines).flatMap(({ line }) => [Buffer.from(line as string), good]),
  Buffer.from('   \n\n\r\n'),
  Buffer.from(usual),
])

const folder = new StateFolder()
let document: RunDocument
let letters: SqlDocument
let rows: SqlDocument

beforeAll(async () => {
  await folder.keepServices()
  const input = folder.write('bad.log', log)
  document = await folder.run(input)
  letters = await folder.sql(
    'select line, reason, column_name, raw, raw_length, byte_offset, _arrival from requests__dead_letters order by line',
  )
  rows = await folder.sql('select *, _offset from requests order by _arrival')
}, 120_000)

afterAll(() => folder.close())

/** Byte offset at which the line called `name` begins. */
function offsetOf(name: string): number {
  return Object.values(lines)
    .slice(0, names.indexOf(name))
    .reduce((sum, { line }) => sum + Buffer.byteLength(line) + good.length, 0)
}

describe('a log with bad lines', () => {
  it.each(Object.entries(lines).filter(([, { reason }]) => reason !== undefined))(
    'gives a dead letter for %s',
    (name, { line, reason, column }) => {
      const letter = letters.rows.find((row) => row[0] === 2 * names.indexOf(name) + 1)
      const bytes = Buffer.from(line as string)
      expect(letter?.slice(1, 6)).toEqual([
        reason,
        column ?? null,
        bytes.subarray(0, 1024).toString('base64'),
        bytes.length,
        offsetOf(name),
      ])
    },
  )

  it.each(Object.entries(lines).filter(([, { row }]) => row !== undefined))('decodes %s', (name, { row }) => {
    const at = rows.columns.findIndex((column) => column.name === '_offset')
    const found = rows.rows.find((cells) => cells[at] === offsetOf(name)) ?? []
    expect(Object.fromEntries(rows.columns.map((column, i) => [column.name, found[i]]))).toMatchObject(row ?? {})
  })

  it('counts blank lines, and a last line without newline, and keeps every good line between bad ones', async () => {
    expect(document.input).toMatchObject({ lines: 2 * names.length + 4, blank: 3 })
    expect(rows.rows.filter((row) => row[1] === '192.0.2.77')).toHaveLength(names.length)
    expect(rows.rows.at(-1)?.[1]).toBe('203.0.113.9')
  })

  it('agrees with an independent reading of the same bytes, late rows after the jump of a year included', async () => {
    const expected = expectationOf(log)
    expect(expected.document.assets.ip_activity.late).toBeGreaterThan(0)
    expect(wholeInput(document)).toEqual(expected.document)
    expect(await folder.digest(folder.write('bad.log', log))).toEqual(expected.tables)
  })

  it('gives every line one arrival, dead letters included', () => {
    const arrivals = letters.rows.map((row) => Number(row[6]))
    expect(new Set(arrivals).size).toBe(arrivals.length)
    expect(Math.max(...arrivals)).toBeLessThan(document.input.decoded + document.input.dead_letters)
  })
})
