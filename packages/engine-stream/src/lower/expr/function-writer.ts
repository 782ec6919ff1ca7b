import type { KernelWriter, Term } from './kernel-writer.ts'
import { isCoded } from './store-form.ts'
import type { TypedExpr } from './typed-expr.ts'

type Call = TypedExpr & { readonly kind: 'call' }
type FunctionWriter = (writer: KernelWriter, call: Call) => Term

function terms(writer: KernelWriter, call: Call): Term[] {
  return call.args.map((arg) => writer.term(arg))
}

function compare(writer: KernelWriter, operator: string, left: Term, right: Term): Term {
  const [a, b] = writer.pair(left, right)
  const byText = isCoded(a.type) && operator !== '===' && operator !== '!=='
  const value = byText ? `library.compareText(${a.value}, ${b.value}) ${operator} 0` : `${a.value} ${operator} ${b.value}`
  return writer.strict('boolean', [a, b], value)
}

function comparison(operator: string): FunctionWriter {
  return (writer, call) => {
    const [a, b] = terms(writer, call)
    return compare(writer, operator, a, b)
  }
}

/** Three-valued: `deciding` (false for and, true for or) wins over null, which wins over the other value. */
function connective(writer: KernelWriter, args: readonly Term[], deciding: boolean): Term {
  const decides = args.map((arg) => {
    const value = deciding ? arg.value : `!${arg.value}`
    return arg.isNull === 'false' ? value : arg.isNull === 'true' ? 'false' : `(!${arg.isNull} && ${value})`
  })
  const decided = writer.variable('w')
  writer.line(`const ${decided} = ${decides.join(' || ')}`)
  const anyNull = writer.anyNull(args)
  if (anyNull === 'false') return { type: 'boolean', value: deciding ? decided : `!${decided}`, isNull: 'false' }
  const isNull = writer.variable('z')
  writer.line(`const ${isNull} = !${decided} && ${anyNull}`)
  return { type: 'boolean', value: deciding ? decided : `(!${decided} && !${isNull})`, isNull }
}

function logic(deciding: boolean): FunctionWriter {
  return (writer, call) => connective(writer, terms(writer, call), deciding)
}

function isIn(writer: KernelWriter, call: Call): Term {
  const [x, ...values] = terms(writer, call)
  return connective(
    writer,
    values.map((value) => compare(writer, '===', x, value)),
    true,
  )
}

function between(writer: KernelWriter, call: Call): Term {
  const [x, low, high] = terms(writer, call)
  return connective(writer, [compare(writer, '>=', x, low), compare(writer, '<=', x, high)], false)
}

function coalesce(writer: KernelWriter, call: Call): Term {
  const [first, ...rest] = terms(writer, call).map((term) => writer.widened(term, call.type))
  const value = writer.variable('v')
  const isNull = writer.variable('z')
  writer.line(`let ${value} = ${first.value}, ${isNull} = ${first.isNull}`)
  for (const term of rest) writer.line(`if (${isNull}) { ${value} = ${term.value}; ${isNull} = ${term.isNull} }`)
  return { type: call.type, value, isNull }
}

/** What follows a computed number: doubles that are not finite and int64 that overflow become null; inexact doubles give up. */
function settled(writer: KernelWriter, type: string, target: { readonly value: string; readonly isNull: string }): string {
  const { value, isNull } = target
  const setNull = `{ ${isNull} = true; ${value} = ${writer.zero(type)} }`
  if (type === 'double') return `if (!(${value} > -Infinity && ${value} < Infinity)) ${setNull}`
  if (writer.wide) return `if (${value} !== BigInt.asIntN(64, ${value})) ${setNull}`
  return `if (${value} > 9007199254740991 || ${value} < -9007199254740991) return null`
}

function arithmetic(operator: string): FunctionWriter {
  return (writer, call) => {
    const [a, b] = terms(writer, call).map((term) => writer.widened(term, call.type))
    const noMinusZero = call.type === 'int64' && writer.wide ? '' : ' + 0'
    return writer.guarded(
      call.type,
      [a, b],
      (value, isNull) => `${value} = ${a.value} ${operator} ${b.value}${noMinusZero}\n${settled(writer, call.type, { value, isNull })}`,
    )
  }
}

function divide(writer: KernelWriter, call: Call): Term {
  const [a, b] = terms(writer, call).map((term) => writer.widened(term, 'double'))
  return writer.guarded(
    'double',
    [a, b],
    (value, isNull) =>
      `if (${b.value} === 0) ${isNull} = true\nelse {\n${value} = ${a.value} / ${b.value} + 0\n${settled(writer, 'double', { value, isNull })}\n}`,
  )
}

function integerDivision(form: (a: string, b: string, wide: boolean) => string): FunctionWriter {
  return (writer, call) => {
    const [a, b] = terms(writer, call).map((term) => writer.widened(term, 'int64'))
    return writer.guarded(
      'int64',
      [a, b],
      (value, isNull) =>
        `if (${b.value} === ${writer.zero('int64')}) ${isNull} = true\nelse {\n${value} = ${form(a.value, b.value, writer.wide)}\n${settled(writer, 'int64', { value, isNull })}\n}`,
    )
  }
}

function unary(form: (a: string, wide: boolean) => string): FunctionWriter {
  return (writer, call) => {
    const a = writer.widened(writer.term(call.args[0]), call.type)
    const wide = writer.wide && call.type === 'int64'
    return writer.guarded(
      call.type,
      [a],
      (value, isNull) => `${value} = ${form(a.value, wide)}\n${settled(writer, call.type, { value, isNull })}`,
    )
  }
}

function textFunction(form: (...args: string[]) => string): FunctionWriter {
  return (writer, call) => {
    const args = terms(writer, call)
    return writer.strict(call.type, args, form(...args.map((arg) => arg.value)))
  }
}

/** An integer that the library computes as a number. */
function integerResult(writer: KernelWriter, value: string): string {
  return writer.wide ? `BigInt(${value})` : value
}

function nullTest(writer: KernelWriter, call: Call, negated: boolean): Term {
  const { isNull } = writer.term(call.args[0])
  return { type: 'boolean', value: negated ? `!${isNull}` : isNull, isNull: 'false' }
}

/** Writes the calls of each function of the plan language. */
export const FUNCTION_WRITERS: Readonly<Record<string, FunctionWriter | undefined>> = {
  eq: comparison('==='),
  neq: comparison('!=='),
  lt: comparison('<'),
  lte: comparison('<='),
  gt: comparison('>'),
  gte: comparison('>='),
  and: logic(false),
  or: logic(true),
  in: isIn,
  between,
  coalesce,
  not: (writer, call) => {
    const a = writer.term(call.args[0])
    return writer.strict('boolean', [a], `!${a.value}`)
  },
  is_null: (writer, call) => nullTest(writer, call, false),
  is_not_null: (writer, call) => nullTest(writer, call, true),
  add: arithmetic('+'),
  sub: arithmetic('-'),
  mul: arithmetic('*'),
  div: divide,
  quot: integerDivision((a, b, wide) => (wide ? `${a} / ${b}` : `(${a} - ${a} % ${b}) / ${b} + 0`)),
  mod: integerDivision((a, b, wide) => (wide ? `${a} % ${b}` : `${a} % ${b} + 0`)),
  neg: unary((a, wide) => (wide ? `-${a}` : `0 - ${a}`)),
  abs: unary((a, wide) => (wide ? `${a} < 0n ? -${a} : ${a}` : `Math.abs(${a})`)),
  lower: textFunction((text) => `library.lowerAscii(${text})`),
  upper: textFunction((text) => `library.upperAscii(${text})`),
  trim: textFunction((text) => `library.trimSpaces(${text})`),
  starts_with: textFunction((text, other) => `${text}.startsWith(${other})`),
  ends_with: textFunction((text, other) => `${text}.endsWith(${other})`),
  contains: textFunction((text, other) => `${text}.includes(${other})`),
  concat: textFunction((...texts) => texts.join(' + ')),
  substring: textFunction((text, start, length) => `library.substring(${text}, ${start}, ${length})`),
  split: (writer, call) => {
    const [text, separator, index] = terms(writer, call)
    return writer.guarded('string', [text, index], (value, isNull) => {
      const part = `library.splitPart(${text.value}, ${separator.value}, ${index.value})`
      return `const part = ${part}\nif (part === undefined) ${isNull} = true\nelse ${value} = part`
    })
  },
  length: (writer, call) => {
    const text = writer.term(call.args[0])
    return writer.strict('int64', [text], integerResult(writer, `library.codePoints(${text.value})`))
  },
  time_truncate: (writer, call) => {
    const [time, unit] = terms(writer, call)
    return writer.strict('timestamp', [time], `library.truncateTime(${time.value}, ${unit.value})`)
  },
  time_extract: (writer, call) => {
    const [time, unit] = terms(writer, call)
    return writer.strict('int64', [time], integerResult(writer, `library.extractTime(${time.value}, ${unit.value})`))
  },
  time_diff: (writer, call) => {
    const [unit, from, to] = terms(writer, call)
    return writer.strict('int64', [from, to], integerResult(writer, `library.diffTime(${unit.value}, ${from.value}, ${to.value})`))
  },
}
