import { expect, test } from 'vitest'
import { DictionaryBuilder } from './dictionary-builder.ts'

test('codes are dense, in order of first occurrence, over many entries and growth', () => {
  const builder = new DictionaryBuilder()
  const texts = Array.from({ length: 20_000 }, (_, i) => `entry ${(i * 7919) % 5_000}`)
  const expected = new Map<string, number>()
  for (const text of texts) {
    if (!expected.has(text)) expected.set(text, expected.size)
    expect(builder.codeOf(Buffer.from(`<${text}>`), 1, text.length + 1)).toBe(expected.get(text))
  }
  const dictionary = builder.build()
  expect(dictionary.size).toBe(5_000)
  expect([...expected.keys()].every((text, code) => dictionary.text(code) === text)).toBe(true)
})

test('the empty string is an entry like any other', () => {
  const builder = new DictionaryBuilder()
  expect([Buffer.from('a'), Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(0)].map((bytes) => builder.codeOf(bytes))).toEqual([0, 1, 0, 1])
})

test('nothing is left of what was cleared, and what was built before stays', () => {
  const builder = new DictionaryBuilder()
  for (const text of ['a', 'b', 'c']) builder.codeOf(Buffer.from(text))
  const before = builder.build()
  builder.clear()
  expect([Buffer.from('c'), Buffer.from('d')].map((bytes) => builder.codeOf(bytes))).toEqual([0, 1])
  expect(builder.build().size).toBe(2)
  expect([0, 1, 2].map((code) => before.text(code))).toEqual(['a', 'b', 'c'])
})
