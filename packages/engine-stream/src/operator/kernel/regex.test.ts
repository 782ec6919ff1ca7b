import { parseRegex } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { regexProgram } from '../../lower/expr/regex-program.ts'
import { RegexMatcher } from './regex.ts'

function matcher(pattern: string): RegexMatcher {
  const regex = parseRegex(pattern)
  if ('complaint' in regex) throw new TypeError(regex.complaint)
  return new RegexMatcher(regexProgram(regex))
}

/** Longest time for a text of a million characters, far above what linear time takes and far below any other. */
const MS_MAX = 5_000

describe('patterns whose time explodes where engines backtrack take linear time', () => {
  test.each([
    ['(a|aa)+$', `${'a'.repeat(1_000_000)}b`],
    ['(?:a|aa){1,60}$', `${'a'.repeat(1_000_000)}b`],
    ['[0-9]+$', `${'1'.repeat(1_000_000)}b`],
    ['.*.*=.*$', 'x'.repeat(1_000_000)],
    ['(?:x+x+)+y', 'x'.repeat(1_000_000)],
  ])('%s', (pattern, text) => {
    const begun = performance.now()
    matcher(pattern).test(text)
    expect(performance.now() - begun).toBeLessThan(MS_MAX)
  })

  test('extraction', () => {
    const begun = performance.now()
    expect(matcher('^(a|aa)(?:a|aa)+(b)$').extract(`${'a'.repeat(100_000)}b`, 2)).toBe('b')
    expect(performance.now() - begun).toBeLessThan(MS_MAX)
  })
})

test('more states than are kept give the same answers', () => {
  const tail = matcher('a[ab]{14}$')
  const texts = Array.from({ length: 6_000 }, (_, i) => i.toString(2).padStart(15, '0').replaceAll('0', 'b').replaceAll('1', 'a'))
  for (const text of texts) expect(tail.test(`b${text}`)).toBe(text.startsWith('a'))
  expect(tail.test(`${texts.join('')}a${'b'.repeat(14)}`)).toBe(true)
  expect(tail.test(`${texts.join('')}b${'b'.repeat(14)}`)).toBe(false)
})

test('a group with no part in the match gives nothing, an empty part the empty text', () => {
  expect(matcher('(a)|(b)').extract('b', 1)).toBeUndefined()
  expect(matcher('a(x?)').extract('a', 1)).toBe('')
  expect(matcher('x').extract('a', 0)).toBeUndefined()
})
