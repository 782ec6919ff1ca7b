import { expect, test } from 'vitest'
import { boundValue, doubleBound, intBound, longBound, lowerBytes, lowerText, upperBytes, upperText } from './bound.ts'

const text = (value: string) => Buffer.from(value, 'utf8')

test('numbers take the single-value binary form of the Iceberg spec', () => {
  expect(Buffer.from(intBound(-2)).toString('hex')).toBe('feffffff')
  expect(Buffer.from(longBound(-(2n ** 63n))).toString('hex')).toBe('0000000000000080')
  expect(Buffer.from(doubleBound(1)).toString('hex')).toBe('000000000000f03f')
  expect(boundValue('long', longBound(2n ** 53n + 1n))).toBe(2n ** 53n + 1n)
  expect(boundValue('long', intBound(-7))).toBe(-7n)
  expect(boundValue('geometry', intBound(1))).toBeUndefined()
})

test.each([
  ['keeps text of 16 code points', '0123456789abcdef', '0123456789abcdef', '0123456789abcdef'],
  ['cuts longer text and raises the last code point', '0123456789abcdefg', '0123456789abcdef', '0123456789abcdeg'],
  ['counts code points, not bytes', '😀'.repeat(17), '😀'.repeat(16), '😀'.repeat(15) + '😁'],
  ['steps over the surrogates', 'a'.repeat(15) + '\ud7ff!', 'a'.repeat(15) + '\ud7ff', 'a'.repeat(15) + '\ue000'],
  ['raises an earlier code point when the last is the greatest', 'ab' + '\u{10ffff}'.repeat(15), 'ab' + '\u{10ffff}'.repeat(14), 'ac'],
])('a text bound %s', (_what, value, lower, upper) => {
  expect(Buffer.from(lowerText(text(value))).toString()).toBe(lower)
  expect(Buffer.from(upperText(text(value)) ?? []).toString()).toBe(upper)
})

test('text that nothing of 16 code points can exceed has no upper bound', () => {
  expect(upperText(text('\u{10ffff}'.repeat(17)))).toBeUndefined()
})

test('bytes are cut to 16 and raised where a byte can be', () => {
  expect(Buffer.from(lowerBytes(Buffer.alloc(20, 7)))).toEqual(Buffer.alloc(16, 7))
  const bytes = Buffer.concat([Buffer.from([1, 2]), Buffer.alloc(18, 0xff)])
  expect(Buffer.from(upperBytes(bytes) ?? [])).toEqual(Buffer.from([1, 3]))
  expect(upperBytes(Buffer.alloc(17, 0xff))).toBeUndefined()
  expect(Buffer.from(upperBytes(Buffer.alloc(16, 0xff)) ?? [])).toEqual(Buffer.alloc(16, 0xff))
})
