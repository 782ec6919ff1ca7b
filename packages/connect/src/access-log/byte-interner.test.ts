import { expect, test } from 'vitest'
import { ByteInterner } from './byte-interner.ts'
import { ByteSlice } from './byte-slice.ts'

/** Interns each text under the hash that `hashOf` gives; returns the codes and the dictionary's texts. */
function intern(texts: readonly string[], hashOf: (text: string) => number): { codes: number[]; entries: string[] } {
  const interner = new ByteInterner()
  const codes = texts.map((text) => interner.intern(new ByteSlice(Buffer.from(text, 'latin1')), 0, text.length, hashOf(text)))
  const dictionary = interner.toDictionary()
  return { codes, entries: Array.from({ length: dictionary.size }, (_, code) => Buffer.from(dictionary.entry(code)).toString('latin1')) }
}

const ALIKE = [
  '',
  '\0',
  '-',
  'a',
  'aa',
  'ab',
  'abc',
  'abd',
  'abcdefg',
  'abcdefgh',
  'abcdefgi',
  'abcdXfgh',
  'abcdefghi',
  'abcdefghj',
  'abcdefghijkl',
  'abcdefghijkm',
  '\0\0\0\0\0\0\0\0',
  '\0\0\0\0\0\0\0\x80',
  '\xff\xff\xff\xff\xff\xff\xff\xff',
  '\xff\xff\xff\xff\xff\xff\xff\xf0',
  '\0\0\0\0\0\0\xf0\x7f',
  '\x01\0\0\0\0\0\xf0\x7f',
]

test('tells texts of one hash apart by their bytes, to the last, also where they are no numbers as doubles', () => {
  const { codes, entries } = intern([...ALIKE, ...ALIKE], () => 7)
  expect(codes).toEqual([...ALIKE.keys(), ...ALIKE.keys()])
  expect(entries).toEqual(ALIKE)
})

test('keeps codes and texts while it grows', () => {
  const texts = Array.from({ length: 5000 }, (_, i) => `text ${i} ${'x'.repeat(i % 40)}`)
  const { codes, entries } = intern([...texts, ...texts], (text) => text.length * 31)
  expect(codes).toEqual([...texts.keys(), ...texts.keys()])
  expect(entries).toEqual(texts)
})

test('is empty after a reset', () => {
  const interner = new ByteInterner()
  const slice = new ByteSlice(Buffer.from('ab-'))
  expect([interner.intern(slice, 2, 3, 1), interner.intern(slice, 0, 2, 1)]).toEqual([0, 1])
  interner.reset()
  expect([interner.intern(slice, 0, 2, 1), interner.intern(slice, 2, 3, 1), interner.size]).toEqual([0, 1, 2])
})
