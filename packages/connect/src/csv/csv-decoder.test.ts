import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blocksOf, decodeBlocks, STREAM } from '../../test/decoded-text.ts'
import { CsvDecoder } from './csv-decoder.ts'
import { recordEndOf } from './csv-record-end.ts'

const HEADER = 'ts1,txt1,txt2,int1,big1,num1,flag1,day1,json1'
const decode = (text: string | Uint8Array, sizes?: readonly number[], options = {}) =>
  decodeBlocks(new CsvDecoder(STREAM, options), blocksOf(text, sizes, recordEndOf({ kind: 'csv', ...options })))

describe('CSV', () => {
  it('becomes rows by the names of the header, wherever its columns stand', () => {
    const text = 'txt1,other,ts1,big1,num1,flag1,day1,json1,int1,txt2\r\n'
    const row = 'a,x,1970-01-01T00:00:01Z,-9223372036854775808,1.5e3,false,1970-01-03,"{""a"":1}",7,"b ""c"", d\r\ne"\r\n'
    expect(decode(text + row)).toEqual({
      rows: [[1000, 'a', 'b "c", d\r\ne', 7, -9223372036854775808n, 1500, false, 2, '{"a":1}']],
      letters: [],
      lines: 2,
      blank: 1,
    })
  })

  it('has null where the null text stands unquoted, and empty text where it is quoted', () => {
    expect(decode(`${HEADER}\n0,,,,,,,,\n1,"","",,,,,,\n`).rows).toEqual([
      [0, '', null, null, null, null, null, null, null],
      [1, '', '', null, null, null, null, null, null],
    ])
    const { rows } = decode('ts1|txt1|txt2|int1\n0|\\N|\\N|\\N\n1|a||1\n2|b|"\\N"|2', [], { delimiter: '|', nullText: '\\N' })
    expect(rows.map((row) => row.slice(0, 4))).toEqual([
      [0, '\\N', null, null],
      [1, 'a', '', 1],
      [2, 'b', '\\N', 2],
    ])
  })

  it('may begin with a byte order mark, hold empty lines, end without newline, and have quotes within a field', () => {
    const { rows, blank, letters } = decode('\uFEFFts1,txt1\n\n0,5" pipe\n\r\n1,b')
    expect([rows.map((row) => row[1]), blank, letters]).toEqual([['5" pipe', 'b'], 3, []])
  })

  it.each([
    ['decode/field-count', undefined, '0,a'],
    ['decode/not-this-format', undefined, '0,"a"b,,,,,,,'],
    ['decode/nul-byte', undefined, '0,a\0,,,,,,,'],
    ['contract/null', 'ts1', ',a,,,,,,,'],
    ['contract/type', 'int1', '0,a,, 1,,,,,'],
    ['contract/type', 'int1', '0,a,,01,,,,,'],
    ['contract/out-of-range', 'int1', '0,a,,-1,,,,,'],
    ['contract/out-of-range', 'int1', '0,a,,2147483648,,,,,'],
    ['decode/int64', 'big1', '0,a,,,9223372036854775808,,,,'],
    ['contract/type', 'num1', '0,a,,,,1e,,,'],
    ['contract/type', 'flag1', '0,a,,,,,TRUE,,'],
    ['contract/type', 'json1', '0,a,,,,,,,{'],
    ['decode/impossible-time', 'ts1', '2026-13-01,a,,,,,,,'],
    ['decode/line-too-long', undefined, `0,${'x'.repeat(2_000_000)},,,,,,,`],
    ['decode/line-too-long', undefined, `0,"${'x'.repeat(2_000_000)}",,,,,,,`],
  ])('has dead letters: %s of column %s', (reason, column, text) => {
    const { rows, letters } = decode(`${HEADER}\n0,a,,,,,,,\n${text}\n1,b,,,,,,,\n`)
    expect(letters).toEqual([[reason, column, 3]])
    expect(rows.map((row) => row[1])).toEqual(['a', 'b'])
  })

  it('has lists and structs as JSON in a field', () => {
    const fields = [STREAM.fields[0], { name: 'list1', type: 'list<int64>', nullable: true }]
    const decoder = new CsvDecoder({ ...STREAM, fields })
    const { rows, letters } = decodeBlocks(
      decoder,
      blocksOf('ts1,list1\n0,"[1,9007199254740993]"\n1,\n2,[\n3,{}\n', [], recordEndOf({ kind: 'csv' })),
    )
    expect(rows).toEqual([
      [0, '[1,9007199254740993]'],
      [1, null],
    ])
    expect(letters).toEqual([
      ['contract/type', 'list1', 4],
      ['contract/type', 'list1', 5],
    ])
  })

  it('goes on with the next line where a quote is never closed', () => {
    const rest = Array.from({ length: 40_000 }, (_, i) => `${i},text of row ${i} that takes some room,,,,,,,\n`).join('')
    for (const sizes of [[], [100_000, 1_000_000, 7]]) {
      const { rows, letters } = decode(`${HEADER}\n0,"open,,,,,,,\n${rest}`, sizes)
      expect(letters).toEqual([['decode/unclosed-quote', undefined, 2]])
      expect(rows).toHaveLength(40_000)
    }
  })

  it('says of a field whose column is missing that it is null', () => {
    expect(decode('ts1\n0\n').letters).toEqual([['contract/null', 'txt1', 2]])
  })

  it('goes on after a restart with the header that was read before', () => {
    const blocks = blocksOf('ts1,txt1\n0,a\n1,b\n', [13], recordEndOf({ kind: 'csv' }))
    const before = new CsvDecoder(STREAM)
    decodeBlocks(before, blocks.slice(0, 1))
    const after = new CsvDecoder(STREAM, { state: JSON.parse(JSON.stringify(before.state())) })
    expect(decodeBlocks(after, blocks.slice(1)).rows.map((row) => row[1])).toEqual(['b'])
  })

  it('is read as a naive reader of characters reads it, however the bytes come in', () => {
    const field = fc.oneof(
      fc.constantFrom('', '"', 'a,b', 'c\nd', 'e\r\nf', '""', 'é', 'plain'),
      fc.string({ unit: 'grapheme-ascii', maxLength: 8 }),
    )
    const cells = fc.array(fc.tuple(field, fc.boolean()), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(cells, fc.array(fc.nat(30)), fc.constantFrom('\n', '\r\n'), (values, sizes, ending) => {
        const quoted = ([text, must]: readonly [string, boolean]): string =>
          must || /^"|[,\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
        const text = `ts1,txt1${ending}${values.map((value, i) => `${i},${quoted(value)}${ending}`).join('')}`
        const { rows, letters } = decode(text, sizes)
        expect(rows.map((row) => row.slice(0, 2))).toEqual(values.map(([value], i) => [i, value]))
        expect(letters).toEqual([])
      }),
    )
  })
})
