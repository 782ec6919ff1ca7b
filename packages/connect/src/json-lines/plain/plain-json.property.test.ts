import { rowsOf } from '@millrace/columnar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecordBuilder } from '../../ingest/record-builder.ts'
import { JsonLinesDecoder } from '../json-lines-decoder.ts'
import { JsonRecord } from '../json-record.ts'
import { PlainJson } from './plain-json.ts'

const STREAM = {
  eventTime: 'at',
  fields: [
    { name: 'at', type: 'timestamp' },
    { name: 'id', type: 'int64', nullable: true },
    { name: 'count', type: 'int32', min: '-5', max: '1000' },
    { name: 'share', type: 'double', nullable: true },
    { name: 'ok', type: 'boolean', nullable: true },
    { name: 'näme', type: 'string', nullable: true },
    { name: 'note', type: 'string' },
  ],
}
const TIMES = [
  '"2026-03-01T10:00:00Z"',
  '"2026-02-28T23:59:59.999Z"',
  '"2026-02-29T00:00:00Z"',
  '"0001-01-01T00:00:00Z"',
  '1700000000000',
  '"x"',
]
const NUMBERS = [
  '0',
  '-0',
  '7',
  '-5',
  '1000',
  '1001',
  '01',
  '1.',
  '1.50',
  '-2.25',
  '1e3',
  '123456789012345',
  '1234567890123456',
  '9223372036854775807',
]
const MORE_NUMBERS = [
  '9223372036854775808',
  '0.1',
  '0.000001',
  '12345678.1234567',
  '999999999999.9999',
  '-',
  '2147483648',
  '1E400',
  '5e-324',
]
const TEXTS = ['""', '"a"', '"é😀"', '"\\n"', '"\\u0041"', '"\\ud800"', '"a\tb"', '"unclosed', `"${'long '.repeat(40)}"`, '"{\\"a\\":1}"']
const OTHERS = ['null', 'true', 'false', 'nul', '{}', '[1,{"a":2}]', '{"id":5}', 'truefalse', '']
const VALUES = [...TIMES, ...NUMBERS, ...MORE_NUMBERS, ...TEXTS, ...OTHERS]
const value = fc.constantFrom(...VALUES)

/** What fields mostly have, so that many records are rows. */
const LIKELY: Readonly<Record<string, readonly string[]>> = {
  at: TIMES.slice(0, 3),
  id: [...NUMBERS.slice(0, 5), '123456789012345', '9007199254740993', 'null'],
  count: ['0', '-5', '1000', '12'],
  share: ['0', '-0', '1.50', '-2.25', '1e3', '0.1', '123456789.123456', 'null'],
  ok: ['true', 'false', 'null'],
  näme: ['"a"', '"é😀"', '"\\u0041"', 'null'],
  note: ['""', '"a"', '"b"', '"two\\nlines"'],
}
const member = fc
  .constantFrom(...STREAM.fields.map(({ name }) => name), 'other', 'n\\u0061me')
  .chain((name) => fc.tuple(fc.constant(name), fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...(LIKELY[name] ?? TEXTS)) }, value)))
const whole = fc.tuple(...STREAM.fields.map(({ name }) => fc.constantFrom(...LIKELY[name]).map((text) => [name, text] as const)))
/** As a program writes it, but for one value. */
const odd = fc.tuple(whole, fc.nat(STREAM.fields.length - 1), value).map(([all, place, text]) => all.with(place, [all[place][0], text]))
const longer = fc.tuple(whole, fc.array(member, { maxLength: 2 })).map(([all, some]) => [...all, ...some])
const members = fc.oneof({ weight: 2, arbitrary: whole }, { weight: 6, arbitrary: odd }, fc.array(member, { maxLength: 9 }), longer)
const text = fc
  .tuple(members, fc.constantFrom(',', ',', ',', ', ', ',,'), fc.constantFrom('', '', '', ' ', 'x', '\u00ff'))
  .map(([all, comma, tail]) => `{${all.map(([name, text]) => `"${name}":${text}`).join(comma)}}${tail}`)
const line = fc.oneof(
  { weight: 12, arbitrary: text.map((one) => Buffer.from(one)) },
  fc.constantFrom(...['', ' ', '[]', '{}', '{', 'null'].map((one) => Buffer.from(one)), Buffer.from([0x7b, 0xff, 0x7d])),
)

const decoded = (lines: readonly Buffer[]) => {
  const bytes = Buffer.concat(lines.flatMap((one) => [one, Buffer.from('\n')]))
  return new JsonLinesDecoder(STREAM).decode(
    { kind: 'lines', bytes, from: 0, to: bytes.length, offset: 0, end: bytes.length, tail: false },
    { firstLine: 1 },
  )
}

function oneByOne(lines: readonly Buffer[]) {
  const [record, builder] = [new JsonRecord(STREAM), new RecordBuilder(STREAM.fields)]
  let offset = 0
  for (const [i, bytes] of lines.entries()) {
    if (bytes.toString().trim() === '') builder.blank()
    else builder.add(record.decode(bytes, 0, bytes.length), bytes, { offset, line: i + 1 })
    offset += bytes.length + 1
  }
  return builder.take()
}

test('records read by their bytes are those that are read by their objects', () => {
  const seed = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 2 ** 31))
  const counts = { rows: 0, letters: 0, plain: 0 }
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const { batch, ...rest } = decoded(lines)
      const { batch: expected, ...others } = oneByOne(lines)
      expect([rowsOf(batch), batch.fields, rest]).toEqual([rowsOf(expected), expected.fields, others])
      const plain = PlainJson.of(STREAM)
      counts.plain += lines.filter((one) => one.toString().isWellFormed() && plain?.read(one, 0, one.length)).length
      counts.rows += batch.rows
      counts.letters += rest.deadLetters.length
    }),
    { numRuns: 600, seed },
  )
  console.info(`plain JSON: seed ${seed}, ${counts.rows} rows of which ${counts.plain} by their bytes, ${counts.letters} dead letters`)
  expect(Math.min(counts.rows, counts.plain, counts.letters)).toBeGreaterThan(20)
})

test('every odd value in every field is taken, or refused, as it is by its object', () => {
  const lines = STREAM.fields.flatMap((_, place) =>
    VALUES.map((text) =>
      Buffer.from(`{${STREAM.fields.map(({ name }, i) => `"${name}":${i === place ? text : LIKELY[name][0]}`).join(',')}}`),
    ),
  )
  const [found, expected] = [decoded(lines), oneByOne(lines)]
  expect(rowsOf(found.batch)).toEqual(rowsOf(expected.batch))
  expect(found.deadLetters).toEqual(expected.deadLetters)
})

test('thousands of records come with all their values, columns growing, whatever stands between', () => {
  const row = (i: number) =>
    JSON.stringify({
      at: new Date(1_700_000_000_000 + i).toISOString(),
      id: i,
      count: i % 1000,
      share: i / 8,
      ok: i % 3 === 0,
      näme: `n${i}`,
      note: i % 2 === 0 ? 'e' : 'o',
    })
  const lines = Array.from({ length: 5_000 }, (_, i) => Buffer.from(i % 97 === 0 ? '{"at":1}' : row(i)))
  const [found, expected] = [decoded(lines), oneByOne(lines)]
  expect(rowsOf(found.batch)).toEqual(rowsOf(expected.batch))
  expect(found.deadLetters).toEqual(expected.deadLetters)
})
