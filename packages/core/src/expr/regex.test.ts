import { describe, expect, test } from 'vitest'
import { JS_DIALECT, parseRegex, RE2_DIALECT, regexText } from './regex.ts'

function complaint(pattern: string): string | undefined {
  const parsed = parseRegex(pattern)
  return 'complaint' in parsed ? parsed.complaint : undefined
}

describe('a pattern outside the subset is refused with a reason', () => {
  test.each([
    ['(?=a)', 'only `(?:`'],
    ['(?<name>a)', 'only `(?:`'],
    ['(a)\\1', 'back-references'],
    ['\\bword', '`\\b`'],
    ['\\pL', '`\\p`'],
    ['(a*)*', 'can be empty'],
    ['a**', 'repetition'],
    ['^*', '`^` and `$`'],
    ['a{2,1}', 'ends before it begins'],
    ['a{1001}', 'more than 1000 turns'],
    ['(?:a{50}){50}', 'more than 1000 turns'],
    ['(', 'no `)`'],
    ['a)', 'no `(`'],
    ['[a', 'no `]`'],
    ['[z-a]', 'ends before it begins'],
    ['[]', 'empty'],
    ['a\\', 'ends with a `\\`'],
    ['a{', 'begins no {n}'],
    [`${'('.repeat(101)}${')'.repeat(101)}`, 'deeper than 100'],
    [`(?:${'ab'.repeat(20)}){900}`, 'longer than 10000'],
  ])('%s', (pattern, reason) => {
    expect(complaint(pattern)).toContain(reason)
  })
})

test('prints classes spelled out, in the dialect of an engine', () => {
  const parsed = parseRegex('^\\w+\\.(?:com|org)\u{1f600}?$')
  if ('complaint' in parsed) throw new TypeError(parsed.complaint)
  expect(regexText(parsed, RE2_DIALECT)).toBe('^[0-9A-Z_a-z]+\\x{2e}(?:com|org)\\x{1f600}?\\z')
  expect(regexText(parsed, JS_DIALECT)).toBe('^[0-9A-Z_a-z]+\\u{2e}(?:com|org)\\u{1f600}?$')
})

test('counts groups and knows those that a repetition turns', () => {
  expect(parseRegex('(a)(?:(b)|c)+(d)?')).toMatchObject({ groups: 3, repeatedGroups: new Set([2]) })
})
