import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codePoints, compareText, substring } from './text.ts'

const text = fc.string({ unit: fc.constantFrom('a', 'é', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}', '\u{1f600}', ' '), maxLength: 6 })

test('orders text by its UTF-8 bytes', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
    }),
    { verbose: true },
  )
})

test('counts and cuts code points', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: -3, max: 9 }), fc.integer({ min: -2, max: 9 }), (a, start, length) => {
      expect(codePoints(a)).toBe([...a].length)
      expect(substring(a, start, length)).toBe([...a].filter((_, i) => i + 1 >= start && i + 1 <= start + length - 1).join(''))
    }),
    { verbose: true },
  )
})
