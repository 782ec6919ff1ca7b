import { JSON_DEPTH_MAX } from '@millrace/columnar'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blocksOf, decodeBlocks, STREAM } from '../../test/decoded-text.ts'
import { JsonLinesDecoder } from './json-lines-decoder.ts'

const decode = (text: string | Uint8Array, sizes?: readonly number[]) => decodeBlocks(new JsonLinesDecoder(STREAM), blocksOf(text, sizes))
const line = (fields: object): string => JSON.stringify({ ts1: 0, txt1: 'a', ...fields })
const nested = (depth: number): string => `{"ts1":0,"txt1":"a","json1":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`

describe('JSON lines', () => {
  it('become rows in the order of the contract; fields that it does not have are passed over', () => {
    const text = `${line({ txt2: 'é"\\', int1: 3, big1: 2 ** 53, num1: -0.5, flag1: true, day1: '1970-01-02', json1: { a: [1] }, other: 1 })}\n`
    expect(decode(text).rows).toEqual([[0, 'a', 'é"\\', 3, 9007199254740992n, -0.5, true, 1, '{"a":[1]}']])
  })

  it('keep all digits of large integers, also within json', () => {
    const text = '{"ts1":0,"txt1":"a","big1":9223372036854775807,"json1":{"n":12345678901234567890}}\n'
    expect(decode(text).rows[0]).toEqual(expect.arrayContaining([9223372036854775807n, '{"n":12345678901234567890}']))
    const plain = { ...STREAM, fields: STREAM.fields.filter(({ type }) => type !== 'json') }
    expect(decodeBlocks(new JsonLinesDecoder(plain), blocksOf(text)).rows[0]).toContain(9223372036854775807n)
  })

  it.each([
    ['decode/not-this-format', undefined, 'no json'],
    ['decode/not-this-format', undefined, '{"ts1":0'],
    ['contract/type', undefined, '[1]'],
    ['contract/type', undefined, 'null'],
    ['decode/nul-byte', undefined, '{"ts1":0,"txt1":"a\0"}'],
    ['contract/null', 'ts1', '{"txt1":"a"}'],
    ['contract/null', 'txt1', '{"ts1":0,"txt1":null}'],
    ['contract/type', 'txt1', '{"ts1":0,"txt1":7}'],
    ['contract/type', 'int1', line({ int1: '3' })],
    ['contract/out-of-range', 'int1', line({ int1: -1 })],
    ['decode/int64', 'big1', '{"ts1":0,"txt1":"a","big1":9223372036854775808}'],
    ['decode/impossible-time', 'ts1', '{"ts1":"2026-02-30T00:00:00Z","txt1":"a"}'],
    ['decode/too-deep', undefined, nested(JSON_DEPTH_MAX + 1)],
    ['decode/too-deep', undefined, nested(10_000)],
    ['decode/line-too-long', undefined, line({ txt1: 'x'.repeat(10_000_000) })],
  ])('are dead letters: %s of column %s', (reason, column, text) => {
    const { rows, letters } = decode(`${line({})}\n${text}\n${line({})}\n`)
    expect(letters).toEqual([[reason, column, 2]])
    expect(rows).toHaveLength(2)
  })

  it('may be as deep as the limit says', () => {
    expect(decode(`${nested(JSON_DEPTH_MAX)}\n`).rows).toHaveLength(1)
  })

  it('are dead letters where they are no UTF-8, and spare their neighbours', () => {
    const bytes = Buffer.concat([
      Buffer.from(`${line({})}\n{"ts1":0,"txt1":"`),
      Buffer.from([0xff]),
      Buffer.from(`"}\n${line({ txt1: 'é' })}`),
    ])
    const { rows, letters } = decode(bytes)
    expect(letters).toEqual([['decode/invalid-utf8', undefined, 2]])
    expect(rows.map((row) => row[1])).toEqual(['a', 'é'])
  })

  it('are the same however the bytes come in', () => {
    const lines = fc.array(fc.oneof(fc.constantFrom('', ' \t', '{', 'é', line({ txt1: 'é' })), fc.json({ maxDepth: 2 })), { maxLength: 20 })
    fc.assert(
      fc.property(lines, fc.array(fc.nat(40)), fc.constantFrom('\n', '\r\n'), (texts, sizes, ending) => {
        const text = texts.join(ending)
        const all = decode(text)
        expect(decode(text, sizes)).toEqual(all)
        expect(all.lines).toBe(text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0))
      }),
    )
  })
})
