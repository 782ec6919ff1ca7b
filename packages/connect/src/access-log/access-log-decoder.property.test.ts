import { rowsOf } from '@millrace/columnar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LineBlock } from '../files/line-block.ts'
import { LineCutter } from '../files/line-cutter.ts'
import { AccessLogDecoder } from './access-log-decoder.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const LINE =
  /^([^ ]+) ([^ ]+) (.*?) \[(\d\d)\/([A-Za-z]{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] "((?:[^"\\]|\\.)*)" (-?\d+) (-|-?\d+)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?$/s
const USER_END = / \[\d\d\/[A-Za-z]{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "/

/** A line as the reference page describes it, done with strings: values, a reason, or 'blank'. */
function naive(raw: Buffer): unknown[] | string {
  const bytes = raw.at(-1) === 13 ? raw.subarray(0, -1) : raw
  if (bytes.every((byte) => byte === 32)) return 'blank'
  if (bytes.includes(0)) return 'decode/nul-byte'
  const text = bytes.toString('utf8')
  if (!Buffer.from(text, 'utf8').equals(bytes)) return 'decode/invalid-utf8'
  const match = LINE.exec(text)
  if (match === null || beyondFirstTime(text, match)) return 'decode/not-this-format'
  const [, ip, ident, user, , , , , , , , , , request, status, size, referer = null, agent = null] = match
  const time = naiveTime(match.slice(4, 13))
  if (time === undefined) return 'decode/impossible-time'
  const numbers = [status, size === '-' ? '0' : size].map(BigInt)
  if (numbers.some((number) => BigInt.asIntN(64, number) !== number)) return 'decode/int64'
  if (numbers[0] < 100n || numbers[0] > 599n || numbers[1] < 0n) return 'contract/out-of-range'
  return [
    time,
    ip,
    ident,
    user,
    request,
    ...naiveRequest(request),
    Number(status),
    size === '-' ? null : plain(BigInt(size)),
    referer,
    agent,
  ]
}

/** The lazy user of the pattern may pass a first time that fits; the grammar's does not. */
function beyondFirstTime(text: string, match: RegExpExecArray): boolean {
  const start = match[1].length + match[2].length + 2
  return (USER_END.exec(text.slice(start))?.index ?? -1) !== match[3].length
}

function naiveTime([day, month, year, hour, minute, second, sign, zoneHour, zoneMinute]: string[]): number | undefined {
  const index = MONTHS.indexOf(month)
  const iso = `${year}-${String(index + 1).padStart(2, '0')}-${day}T${hour}:${minute}:${second}.000Z`
  const time = Date.parse(iso)
  if (
    index < 0 ||
    year === '0000' ||
    Number.isNaN(time) ||
    new Date(time).toISOString() !== iso ||
    Number(zoneHour) > 23 ||
    Number(zoneMinute) > 59
  )
    return undefined
  const utc = time - (sign === '-' ? -1 : 1) * (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000
  return utc >= Date.parse('0001-01-01T00:00:00Z') && utc <= Date.parse('9999-12-31T23:59:59.999Z') ? utc : undefined
}

function naiveRequest(request: string): (string | null)[] {
  const tokens = request.split(' ')
  if (tokens.length !== 3 || tokens.includes('')) return [null, null, null, null]
  const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/.exec(tokens[1])
  const target = tokens[1].slice(absolute?.[0].length ?? 0)
  const path = target.split(/[?#]/)[0]
  const question = target.indexOf('?')
  return [tokens[0], path, question < 0 ? null : target.slice(question + 1), tokens[2]]
}

function plain(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** Rows, reasons and offsets of a log in its lines' order, decoded in blocks cut from chunks of the given sizes. */
function decoded(log: Buffer, chunks: readonly number[]): { order: unknown[]; blank: number; lines: number } {
  const decoder = new AccessLogDecoder()
  const order: unknown[] = []
  let [blank, lines] = [0, 0]
  for (const block of blocks(log, chunks)) {
    const part = decoder.decode(block, lines + 1)
    const rows = rowsOf(part.batch)
    let next = 0
    for (const letter of part.deadLetters) {
      for (; next < letter.rowsBefore; next++) order.push([part.lineNumbers[next], part.offsets[next], rows[next]])
      order.push([letter.line, letter.offset, letter.reason])
    }
    for (; next < rows.length; next++) order.push([part.lineNumbers[next], part.offsets[next], rows[next]])
    blank += part.blank
    lines += part.lines
  }
  return { order, blank, lines }
}

function* blocks(log: Buffer, chunks: readonly number[]): Generator<LineBlock> {
  const cutter = new LineCutter()
  for (let at = 0, i = 0; at < log.length; i++) {
    const part = log.subarray(at, at + chunks[i % chunks.length])
    const room = cutter.room
    yield* cutter.cut(Buffer.concat([Buffer.alloc(room), part]), room, room + part.length)
    at += part.length
  }
  const tail = cutter.finish()
  if (tail !== undefined) yield tail
}

function expected(log: Buffer): { order: unknown[]; blank: number; lines: number } {
  const order: unknown[] = []
  let [blank, lines, offset] = [0, 0, 0]
  while (offset < log.length) {
    const newline = log.indexOf(10, offset)
    const end = newline < 0 ? log.length : newline
    const result = naive(log.subarray(offset, end))
    lines += 1
    if (result === 'blank') blank += 1
    else order.push([lines, offset, result])
    offset = end + 1
  }
  return { order, blank, lines }
}

const texts = fc.constantFrom(
  '-',
  'a',
  'GET / HTTP/1.1',
  'GET /x?y HTTP/1.0',
  'POST http://h/p?q#r HTTP/2',
  '\\"',
  '\\\\',
  'é',
  '😀',
  'Mozilla/5.0 (X11; Linux x86_64)',
  ' [',
  '',
)
const two = fc.integer({ min: 0, max: 75 }).map((n) => String(n % 62).padStart(2, '0'))
const time = fc
  .tuple(
    two,
    fc.constantFrom(...MONTHS, 'Foo', 'mar'),
    fc.constantFrom('2024', '1969', '2000', '1900', '0001', '9999', '0000'),
    two,
    two,
    two,
    fc.constantFrom(' +0000', ' -0730', ' +1400', ' +2500', ' +0061', 'x0000'),
  )
  .map(([day, month, year, hour, minute, second, zone]) => `[${day}/${month}/${year}:${hour}:${minute}:${second}${zone}]`)
const goodTime = fc.integer({ min: 0, max: 200_000 }).map((s) => {
  const iso = new Date(1_700_000_000_000 + s * 1000).toISOString()
  return `[${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0100]`
})
const integer = fc.oneof(
  fc.constantFrom(
    '200',
    '404',
    '-',
    '-1',
    '0',
    '1000',
    '007',
    '9007199254740993',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775809',
  ),
  fc.nat().map(String),
)
const line = fc
  .tuple(
    fc.constantFrom('1.2.3.4', '::1', 'host'),
    texts,
    texts,
    fc.oneof(goodTime, goodTime, time),
    texts,
    fc.oneof(fc.constantFrom('200', '301', '500'), integer),
    integer,
    fc.option(fc.tuple(texts, texts)),
  )
  .map(
    ([ip, ident, user, at, request, status, bytes, agents]) =>
      `${ip} ${ident} ${user} ${at} "${request}" ${status} ${bytes}${agents === null ? '' : ` "${agents[0]}" "${agents[1]}"`}`,
  )
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.integer({ min: 0, max: 3 }),
  put: fc.constantFrom('', ' ', '"', '\\', '\n', '\r', '\0', '[', ']', '-', '\xff', '5', ' ['),
})
const mutated = fc.tuple(line, fc.array(mutation, { maxLength: 2 })).map(([text, mutations]) =>
  mutations.reduce((bytes: Buffer, { at, drop, put }) => {
    const position = Math.floor(at * bytes.length)
    return Buffer.concat([bytes.subarray(0, position), Buffer.from(put, 'latin1'), bytes.subarray(position + drop)])
  }, Buffer.from(text)),
)
const log = fc
  .tuple(
    fc.array(
      fc.oneof(
        line.map((text) => Buffer.from(text)),
        mutated,
        fc.constantFrom('', '  ', '\r').map((text) => Buffer.from(text)),
      ),
      { maxLength: 30 },
    ),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
  )
  .map(([lines, ending, last]) =>
    Buffer.concat(lines.flatMap((text, i) => (i < lines.length - 1 || last ? [text, Buffer.from(ending)] : [text]))),
  )

test('decodes any log as the naive decoder does, however it is cut into chunks', () => {
  fc.assert(
    fc.property(log, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }), (bytes, chunks) => {
      const wanted = expected(bytes)
      expect(decoded(bytes, [bytes.length + 1])).toEqual(wanted)
      expect(decoded(bytes, chunks)).toEqual(wanted)
      expect(wanted.lines).toBe(wanted.blank + wanted.order.length)
    }),
    { numRuns: 700, verbose: 1 },
  )
})

test('the generated logs reach every outcome', () => {
  const seen = new Map<string, number>()
  for (const bytes of fc.sample(log, 600)) {
    for (const entry of expected(bytes).order as [number, number, unknown][]) {
      const outcome = typeof entry[2] === 'string' ? entry[2] : 'row'
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
    }
  }
  const reasons = [
    'contract/out-of-range',
    'decode/impossible-time',
    'decode/int64',
    'decode/invalid-utf8',
    'decode/not-this-format',
    'decode/nul-byte',
    'row',
  ]
  expect([...seen.keys()].sort()).toEqual(reasons)
  expect(Math.min(...seen.values())).toBeGreaterThan(30)
})
