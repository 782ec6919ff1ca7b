import { expect, test } from 'vitest'
import { locationOf, pathOf } from './location.ts'
import { parseJson, printJson } from './lossless-json.ts'

test('whole numbers beyond 2^53 go through unchanged, all others stay plain numbers', () => {
  const text =
    '{"id":9007199254740993,"least":-9223372036854775808,"small":7,"fraction":1.5,"large":1e300,"text":"9007199254740993","list":[3055729675574597004,null]}'
  const value = parseJson(text) as Record<string, unknown>
  expect(value).toMatchObject({ id: 9_007_199_254_740_993n, least: -(2n ** 63n), small: 7, fraction: 1.5, text: '9007199254740993' })
  expect(printJson(value)).toBe(text.replace('1e300', '1e+300'))
})

test.each([
  ['/lake/a b/t', '/lake/a b/t'],
  ['file:/lake/t', '/lake/t'],
  ['file:///lake/t#1', '/lake/t#1'],
  ['/file:/x', '/file:/x'],
])('the path of %s is %s', (location, path) => {
  expect(pathOf(location)).toBe(path)
  expect(pathOf(locationOf(path))).toBe(path)
})
