import { rowsOf } from '@millrace/columnar'
import { describe, expect, test } from 'vitest'
import type { LinesBlock } from '../files/line-block.ts'
import { AccessLogDecoder } from './access-log-decoder.ts'
import { ACCESS_LOG_FIELDS } from './access-log-fields.ts'

const TIME = '[10/Oct/2000:13:55:36 -0700]'
const EPOCH = Date.UTC(2000, 9, 10, 20, 55, 36)

/** A whole split as one block. */
function linesBlock(text: string | Uint8Array): LinesBlock {
  const bytes = Buffer.from(text)
  return { kind: 'lines', bytes, from: 0, to: bytes.length, offset: 0, end: bytes.length, tail: false }
}

function decode(text: string | Uint8Array) {
  return new AccessLogDecoder().decode(linesBlock(text), 1)
}

/** The only row of a line, by column name. */
function row(line: string | Uint8Array): Record<string, unknown> {
  const { batch, deadLetters } = decode(line)
  expect(deadLetters).toEqual([])
  const [values] = rowsOf(batch)
  return Object.fromEntries(ACCESS_LOG_FIELDS.map((field, i) => [field.name, values[i]]))
}

function request(text: string): Record<string, unknown> {
  return row(`h - - ${TIME} "${text}" 200 -`)
}

function refusal(line: string | Uint8Array): [string, string | undefined] {
  const { batch, deadLetters, blank, lines } = decode(line)
  expect([batch.rows, deadLetters.length, blank, lines]).toEqual([0, 1, 0, 1])
  return [deadLetters[0].reason, deadLetters[0].column]
}

describe('decodes', () => {
  test('a Combined line into all columns', () => {
    expect(row(`::1 id bob ${TIME} "GET /a/b?c=d HTTP/1.1" 404 12 "http://r/" "Agent \\"x\\" 1"`)).toEqual({
      event_time: EPOCH,
      ip: '::1',
      ident: 'id',
      remote_user: 'bob',
      request: 'GET /a/b?c=d HTTP/1.1',
      http_method: 'GET',
      path: '/a/b',
      query: 'c=d',
      protocol: 'HTTP/1.1',
      status: 404,
      response_bytes: 12,
      referer: 'http://r/',
      user_agent: 'Agent \\"x\\" 1',
    })
  })

  test('a Common line with referer and agent null, dashes kept but for bytes', () => {
    expect(row(`1.2.3.4 - - ${TIME} "-" 200 -`)).toMatchObject({
      ident: '-',
      remote_user: '-',
      request: '-',
      response_bytes: null,
      referer: null,
      user_agent: null,
    })
  })

  test.each([
    ['a plain name', 'u', 'u'],
    ['spaces', 'john q public', 'john q public'],
    ['quotes and brackets', 'a "b" [c] d', 'a "b" [c] d'],
    ['a bracket that opens no time', 'x [10/Oct/2000] y', 'x [10/Oct/2000] y'],
    ['nothing', '', ''],
  ])('a user of %s', (_, text, user) => {
    expect(row(`h - ${text} ${TIME} "GET / HTTP/1.0" 200 1`).remote_user).toBe(user)
  })

  test.each([
    ['GET / HTTP/1.1', 'GET', '/', null, 'HTTP/1.1'],
    ['GET /a%20b?x=%3F?y HTTP/1.1', 'GET', '/a%20b', 'x=%3F?y', 'HTTP/1.1'],
    ['GET /a? HTTP/1.1', 'GET', '/a', '', 'HTTP/1.1'],
    ['GET /a#f HTTP/1.1', 'GET', '/a', null, 'HTTP/1.1'],
    ['GET /a?b#f HTTP/1.1', 'GET', '/a', 'b#f', 'HTTP/1.1'],
    ['GET /a#f?b HTTP/1.1', 'GET', '/a', 'b', 'HTTP/1.1'],
    ['GET http://host:80/a/b?c HTTP/1.1', 'GET', '/a/b', 'c', 'HTTP/1.1'],
    ['GET http://host HTTP/1.1', 'GET', '', null, 'HTTP/1.1'],
    ['GET https://u@host?q HTTP/1.1', 'GET', '', 'q', 'HTTP/1.1'],
    ['GET /r?u=http://x/y HTTP/1.1', 'GET', '/r', 'u=http://x/y', 'HTTP/1.1'],
    ['OPTIONS * HTTP/1.1', 'OPTIONS', '*', null, 'HTTP/1.1'],
    ['CONNECT host:443 HTTP/1.1', 'CONNECT', 'host:443', null, 'HTTP/1.1'],
    ['a b c', 'a', 'b', null, 'c'],
    ['GET /ä HTTP/1.1', 'GET', '/ä', null, 'HTTP/1.1'],
  ])('the request %s into its parts', (text, http_method, path, query, protocol) => {
    expect(request(text)).toMatchObject({ request: text, http_method, path, query, protocol })
  })

  test.each([
    '',
    '-',
    ' ',
    'GET',
    'GET /',
    'GET / HTTP/1.1 x',
    'GET  / HTTP/1.1',
    ' GET / HTTP/1.1',
    'GET / HTTP/1.1 ',
    'GET\t/\tHTTP/1.1',
    '\\x16\\x03 \\"',
  ])('the request "%s", which is not of three tokens, with parts null', (text) => {
    expect(request(text)).toMatchObject({ request: text, http_method: null, path: null, query: null, protocol: null })
  })

  test.each([
    ['01/Jan/1970:00:00:00 +0000', 0],
    ['31/Dec/1969:23:59:59 +0000', -1000],
    ['29/Feb/2000:00:00:00 +0000', Date.UTC(2000, 1, 29)],
    ['01/Jan/0001:00:00:00 +0000', -62_135_596_800_000],
    ['31/Dec/9999:23:59:59 +0000', 253_402_300_799_000],
    ['01/Jan/2024:00:00:00 +1400', Date.UTC(2023, 11, 31, 10)],
    ['01/Jan/2024:00:00:00 -2359', Date.UTC(2024, 0, 1, 23, 59)],
  ])('the time %s', (time, epoch) => {
    expect(row(`h - - [${time}] "x" 200 -`).event_time).toBe(epoch)
  })

  test.each([
    ['0', 0],
    ['-0', 0],
    ['007', 7],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['0000000000000000000000000000012', 12],
  ])('%s bytes', (text, value) => {
    expect(row(`h - - ${TIME} "x" 200 ${text}`).response_bytes).toBe(value)
  })

  test('wide and safe bytes of one block side by side', () => {
    const { batch } = decode(['5', '-', '9223372036854775807'].map((bytes) => `h - - ${TIME} "x" 200 ${bytes}`).join('\n'))
    expect(rowsOf(batch).map((values) => values[10])).toEqual([5, null, 9223372036854775807n])
  })

  test.each([
    ['100', 100],
    ['599', 599],
    ['0200', 200],
  ])('status %s', (text, status) => {
    expect(row(`h - - ${TIME} "x" ${text} 1`).status).toBe(status)
  })

  test("one carriage return at a line's end away, and keeps a second", () => {
    expect(row(`h - - ${TIME} "x" 200 1 "r" "a"\r\n`).user_agent).toBe('a')
    expect(refusal(`h - - ${TIME} "x" 200 1 "r" "a"\r\r\n`)).toEqual(['decode/not-this-format', undefined])
  })
})

describe('refuses', () => {
  const good = `h - - ${TIME} "GET / HTTP/1.1" 200 1`
  test.each([
    ['text of another kind', 'hello world'],
    ['one word', 'x'],
    ['a leading space', ` ${good}`],
    ['a trailing space', `${good} `],
    ['only a referer', `${good} "r"`],
    ['text after the agent', `${good} "r" "a" "b"`],
    ['an unclosed agent', `${good} "r" "a`],
    ['an agent that ends in an escape', `${good} "r" "a\\"`],
    ['an unclosed request', `h - - ${TIME} "GET / 200 1`],
    ['a missing bytes field', `h - - ${TIME} "x" 200`],
    ['a missing bytes field after a space', `h - - ${TIME} "x" 200 `],
    ['a status that is no integer', `h - - ${TIME} "x" 2e2 1`],
    ['a status of a dash', `h - - ${TIME} "x" - 1`],
    ['bytes with a plus', `h - - ${TIME} "x" 200 +1`],
    ['bytes with a fraction', `h - - ${TIME} "x" 200 1.5`],
    ['a missing user', `h - ${TIME} "x" 200 1`],
    ['an empty ident', `h  u ${TIME} "x" 200 1`],
    ['a day of one digit', 'h - - [1/Oct/2000:13:55:36 -0700] "x" 200 1'],
    ['a numeric month', 'h - - [10/010/2000:13:55:36 -0700] "x" 200 1'],
    ['a time without zone', 'h - - [10/Oct/2000:13:55:36] "x" 200 1'],
    ['a zone without sign', 'h - - [10/Oct/2000:13:55:36 00700] "x" 200 1'],
    ['a truncated line', `h - - ${TIME.slice(0, 20)}`],
    ['status out of range and the wrong form', `h - - ${TIME} "x" 1000 1 z`],
  ])('%s: not this format', (_, line) => {
    expect(refusal(line)).toEqual(['decode/not-this-format', undefined])
  })

  test.each([
    '31/Feb/2024:00:00:00 +0000',
    '30/Feb/2024:00:00:00 +0000',
    '29/Feb/2023:00:00:00 +0000',
    '29/Feb/1900:00:00:00 +0000',
    '00/Jan/2024:00:00:00 +0000',
    '31/Apr/2024:00:00:00 +0000',
    '01/Foo/2024:00:00:00 +0000',
    '01/jan/2024:00:00:00 +0000',
    '01/Jan/2024:24:00:00 +0000',
    '01/Jan/2024:00:60:00 +0000',
    '01/Jan/2024:00:00:60 +0000',
    '01/Jan/2024:00:00:00 +2400',
    '01/Jan/2024:00:00:00 +0060',
    '01/Jan/0000:00:00:00 +0000',
    '31/Dec/0000:23:30:00 -0100',
    '01/Jan/0001:00:00:00 +0100',
    '31/Dec/9999:23:59:59 -0100',
  ])('the impossible time %s', (time) => {
    expect(refusal(`h - - [${time}] "x" 200 1`)).toEqual(['decode/impossible-time', 'event_time'])
  })

  test.each([
    ['0', 'contract/out-of-range'],
    ['000', 'contract/out-of-range'],
    ['99', 'contract/out-of-range'],
    ['600', 'contract/out-of-range'],
    ['1000', 'contract/out-of-range'],
    ['-200', 'contract/out-of-range'],
    ['9007199254740993', 'contract/out-of-range'],
    ['9223372036854775808', 'decode/int64'],
  ])('status %s', (status, reason) => {
    expect(refusal(`h - - ${TIME} "x" ${status} 1`)).toEqual([reason, 'status'])
  })

  test.each([
    ['-1', 'contract/out-of-range'],
    ['-9223372036854775808', 'contract/out-of-range'],
    ['-9223372036854775809', 'decode/int64'],
    ['9223372036854775808', 'decode/int64'],
    ['1180591620717411303424', 'decode/int64'],
  ])('%s bytes', (bytes, reason) => {
    expect(refusal(`h - - ${TIME} "x" 200 ${bytes}`)).toEqual([reason, 'response_bytes'])
  })

  test.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('invalid UTF-8: %s', (_, bytes) => {
    const line = Buffer.concat([Buffer.from(`h - - ${TIME} "GET /`), Buffer.from(bytes), Buffer.from(' HTTP/1.1" 200 1')])
    expect(refusal(line)).toEqual(['decode/invalid-utf8', undefined])
  })

  test('a NUL byte before all but length', () => {
    expect(refusal(Buffer.from(`h - - ${TIME} "a\0b" 200 1`))).toEqual(['decode/nul-byte', undefined])
    expect(refusal(Buffer.from([0, 0xff]))).toEqual(['decode/nul-byte', undefined])
  })

  test('the bad lines of a block alone', () => {
    const good = Buffer.from(`h - - ${TIME} "ü" 200 1\n`)
    const { batch, deadLetters } = decode(Buffer.concat([good, Buffer.from([0xff, 0x0a]), good, Buffer.from('\0\n'), good]))
    expect(batch.rows).toBe(3)
    expect(deadLetters.map(({ reason, line, rowsBefore }) => [reason, line, rowsBefore])).toEqual([
      ['decode/invalid-utf8', 2, 1],
      ['decode/nul-byte', 4, 2],
    ])
  })

  test('a time first, then int64, then ranges, when the form is right', () => {
    const faults = [
      'h - - [31/Feb/2024:00:00:00 +0000] "x" 9223372036854775808 -1',
      `h - - ${TIME} "x" 700 9223372036854775808`,
      `h - - ${TIME} "x" 700 -1`,
    ]
    expect(faults.map((line) => refusal(line)[0])).toEqual(['decode/impossible-time', 'decode/int64', 'contract/out-of-range'])
  })

  test('a line over 1 MiB, but not one of 1 MiB', () => {
    const frame = `h - - ${TIME} "" 200 1`.length
    const line = (length: number) => `h - - ${TIME} "${'x'.repeat(length - frame)}" 200 1\r\n`
    expect(String(row(line(1_048_576)).request).length).toBe(1_048_576 - frame)
    const { deadLetters } = decode(line(1_048_577))
    expect(deadLetters).toMatchObject([{ reason: 'decode/line-too-long', length: 1_048_577, offset: 0, line: 1 }])
    expect(deadLetters[0].raw.length).toBe(1024)
  })
})

describe('counts', () => {
  test('blank lines apart, with offsets and line numbers of what is left', () => {
    const line = `h - - ${TIME} "x" 200 1`
    const decoded = decode(`\n   \n${line}\r\n\r\nbad\n${line}`)
    expect([decoded.lines, decoded.blank, decoded.batch.rows, decoded.deadLetters.length]).toEqual([6, 3, 2, 1])
    expect([...decoded.offsets]).toEqual([5, 5 + line.length + 2 + 2 + 4])
    expect([...decoded.lineNumbers]).toEqual([3, 6])
    expect(decoded.deadLetters[0]).toMatchObject({ offset: 5 + line.length + 4, line: 5, length: 3, rowsBefore: 1 })
    expect(Buffer.from(decoded.deadLetters[0].raw).toString()).toBe('bad')
  })

  test('a tab as text, not as blank', () => {
    expect(refusal('\t')).toEqual(['decode/not-this-format', undefined])
  })

  test('nothing in an empty block', () => {
    expect(decode('')).toMatchObject({ lines: 0, blank: 0, batch: { rows: 0 }, deadLetters: [] })
  })

  test('each text of a block once, in order of first occurrence', () => {
    const lines = ['b', 'a', 'b', 'c', 'a'].map((ip) => `${ip} - - ${TIME} "x" 200 1\n`).join('')
    const [, ip] = decode(lines).batch.columns
    if (ip.kind !== 'string') throw new TypeError('ip is text')
    expect([[...ip.codes], [0, 1, 2].map((code) => ip.dictionary.text(code)), ip.dictionary.size]).toEqual([
      [0, 1, 0, 2, 1],
      ['b', 'a', 'c'],
      3,
    ])
  })

  test('no text of a refused line', () => {
    const [, ip] = decode(`gone - - ${TIME} "x" 999 1\nkept - - ${TIME} "x" 200 1\n`).batch.columns
    expect(ip.kind === 'string' && ip.dictionary.size).toBe(1)
  })
})

test('keeps what it decoded when the bytes of the block are overwritten', () => {
  const block = linesBlock(`abcdefghijk - - ${TIME} "GET /index.html HTTP/1.1" 200 1\n`)
  const { batch } = new AccessLogDecoder().decode(block, 1)
  block.bytes.fill(0x78)
  expect(rowsOf(batch)[0].slice(1, 7)).toEqual(['abcdefghijk', '-', '-', 'GET /index.html HTTP/1.1', 'GET', '/index.html'])
})
