import { isInteger } from '../../type/data-type.ts'
import { parseRegex } from '../regex.ts'
import { ANY_NULL, ARGUMENTS_MAX, anyNullable, type FunctionExample, type FunctionSpec, lit, literalText } from './function-spec.ts'

function text(name: string, options: { arity: number; type: string; example: FunctionExample }): FunctionSpec {
  const names = ['text', 'other']
    .slice(0, options.arity)
    .map((arg) => `${arg} string`)
    .join(', ')
  return {
    name,
    signature: `${name}(${names}) → ${options.type}`,
    nulls: ANY_NULL,
    arity: [options.arity, options.arity],
    example: options.example,
    check: (args) => (args.every((arg) => arg.type === 'string') ? { type: options.type, nullable: anyNullable(args) } : 'strings'),
  }
}

const MD5 = '900150983cd24fb0d6963f7d28e17f72'
const SHA256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

export const TEXT_FUNCTIONS: readonly FunctionSpec[] = [
  text('lower', { arity: 1, type: 'string', example: { args: [lit('AbÄ', 'string')], result: 'abÄ' } }),
  text('upper', { arity: 1, type: 'string', example: { args: [lit('aßb', 'string')], result: 'AßB' } }),
  text('trim', { arity: 1, type: 'string', example: { args: [lit('  a b ', 'string')], result: 'a b' } }),
  text('length', { arity: 1, type: 'int64', example: { args: [lit('a😀', 'string')], result: 2 } }),
  text('starts_with', { arity: 2, type: 'boolean', example: { args: [lit('abc', 'string'), lit('ab', 'string')], result: true } }),
  text('ends_with', { arity: 2, type: 'boolean', example: { args: [lit('abc', 'string'), lit('ab', 'string')], result: false } }),
  text('contains', { arity: 2, type: 'boolean', example: { args: [lit('abc', 'string'), lit('b', 'string')], result: true } }),
  {
    name: 'substring',
    signature: 'substring(text string, start integer, length integer) → string',
    nulls: ANY_NULL,
    arity: [3, 3],
    example: { args: [lit('millrace', 'string'), lit('1', 'int32'), lit('4', 'int32')], result: 'mill' },
    check: (args) => {
      const fits = args[0].type === 'string' && isInteger(args[1].type) && isInteger(args[2].type)
      return fits ? { type: 'string', nullable: anyNullable(args) } : 'a string and two integers'
    },
  },
  {
    name: 'split',
    signature: 'split(text string, separator, index integer from 1) → string',
    nulls: `${ANY_NULL}, or there is no part of this number`,
    arity: [3, 3],
    example: { args: [lit('/shop/cart', 'string'), lit('/', 'string'), lit('2', 'int32')], result: 'shop' },
    check: (args, exprs) => {
      if (args[0].type !== 'string' || !isInteger(args[2].type)) return 'a string, a literal separator and an integer'
      const separator = literalText(exprs[1], 'string') ?? ''
      return separator === '' ? 'a literal separator that is not empty' : { type: 'string', nullable: true }
    },
  },
  {
    name: 'concat',
    signature: 'concat(a string, b string, …) → string',
    nulls: ANY_NULL,
    arity: [1, ARGUMENTS_MAX],
    example: { args: [lit('a', 'string'), lit('b', 'string')], result: 'ab' },
    check: (args) => (args.every((arg) => arg.type === 'string') ? { type: 'string', nullable: anyNullable(args) } : 'strings'),
  },
  {
    name: 'like',
    signature: 'like(text string, pattern string) → boolean; % any text, _ one character, no escape',
    nulls: ANY_NULL,
    arity: [2, 2],
    example: { args: [lit('/shop/cart', 'string'), lit('/shop/%', 'string')], result: true },
    check: (args) => (args.every((arg) => arg.type === 'string') ? { type: 'boolean', nullable: anyNullable(args) } : 'strings'),
  },
  {
    name: 'regex_match',
    signature: 'regex_match(text string, pattern) → boolean; whether the pattern occurs in the text',
    nulls: ANY_NULL,
    arity: [2, 2],
    example: { args: [lit('order 66', 'string'), lit('[0-9]+$', 'string')], result: true },
    check: (args, exprs) => {
      if (args[0].type !== 'string') return 'a string and a literal pattern'
      return patternComplaint(literalText(exprs[1], 'string')) ?? { type: 'boolean', nullable: args[0].nullable }
    },
  },
  {
    name: 'regex_extract',
    signature: 'regex_extract(text string, pattern, group) → string; group 0 is the whole match',
    nulls: `${ANY_NULL}, or the pattern does not occur, or the group has no part in it`,
    arity: [3, 3],
    example: { args: [lit('order 66', 'string'), lit('([a-z]+) ([0-9]+)', 'string'), lit('2', 'int32')], result: '66' },
    check: (args, exprs) => {
      if (args[0].type !== 'string') return 'a string, a literal pattern and a literal group'
      const pattern = literalText(exprs[1], 'string')
      const complaint = patternComplaint(pattern)
      if (complaint !== undefined) return complaint
      return groupComplaint(pattern ?? '', literalText(exprs[2], 'int32')) ?? { type: 'string', nullable: true }
    },
  },
  text('md5', { arity: 1, type: 'string', example: { args: [lit('abc', 'string')], result: MD5 } }),
  text('sha256', { arity: 1, type: 'string', example: { args: [lit('abc', 'string')], result: SHA256 } }),
]

function patternComplaint(pattern: string | undefined): string | undefined {
  if (pattern === undefined) return 'a literal pattern'
  const parsed = parseRegex(pattern)
  return 'complaint' in parsed ? `a pattern of the common subset: ${parsed.complaint}` : undefined
}

function groupComplaint(pattern: string, group: string | undefined): string | undefined {
  const parsed = parseRegex(pattern)
  if ('complaint' in parsed) return parsed.complaint
  if (group === undefined || !/^[0-9]+$/.test(group)) return 'a literal group, of type int32'
  const place = Number(group)
  if (place > parsed.groups) return `a group of the pattern, which has ${parsed.groups}`
  return parsed.repeatedGroups.has(place) ? 'a group that is not inside a repetition, where engines remember different turns' : undefined
}
