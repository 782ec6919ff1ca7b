import { expect, test } from 'vitest'
import { canonicalJsonText, JSON_DEPTH_MAX } from './json-text.ts'

function textOf(json: string): string | undefined {
  const canonical = canonicalJsonText(json)
  return 'text' in canonical ? canonical.text : undefined
}

test.each([
  [' { "b" : [ 1 , 2.50 ] , "a" : null } ', '{"b":[1,2.5],"a":null}'],
  ['12345678901234567890123', '12345678901234567890123'],
  ['[-0, -0.0, 1e2, 1E+21, 1e-7, 0.1]', '[0,0,100,1e21,1e-7,0.1]'],
  ['"\\u00e9\\/\\u001f\\n"', '"é/\\u001F\\n"'],
  ['[]', '[]'],
  ['{"a":1,"a":2}', '{"a":1,"a":2}'],
  ['"\\ud83d\\ude00"', '"\u{1f600}"'],
])('%s has one text', (json, text) => {
  expect(textOf(json)).toBe(text)
})

test.each(['', '{', '[1,]', '{"a"}', '{a:1}', '01', '1.', 'NaN', "'a'", '[1]]', '"\\ud800"', '1e999', '"a\nb"', 'nul'])(
  '%j is no JSON',
  (json) => {
    expect(canonicalJsonText(json)).toEqual({ fault: 'not-json' })
  },
)

test('a value that nests too deep is told apart from what is no JSON', () => {
  expect(textOf('['.repeat(JSON_DEPTH_MAX) + ']'.repeat(JSON_DEPTH_MAX))).toHaveLength(JSON_DEPTH_MAX * 2)
  expect(canonicalJsonText('['.repeat(100_000) + ']'.repeat(100_000))).toEqual({ fault: 'too-deep' })
})

test('the text of a text is itself', () => {
  for (const json of ['{"x":[1e21,"\\u001F",{"y":-1.5}]}', '[1e-300,123456789012345680000]']) expect(textOf(json)).toBe(json)
})
