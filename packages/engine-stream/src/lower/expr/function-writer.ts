import type { KernelWriter, Term } from './kernel-writer.ts'
import { NESTED_WRITERS } from './nested-function-writer.ts'
import { NUMBER_WRITERS } from './number-function-writer.ts'
import { isCoded, isDecimalType } from './store-form.ts'
import { TEXT_WRITERS } from './text-function-writer.ts'
import { TIME_WRITERS } from './time-function-writer.ts'
import { type Call, type FunctionWriter, terms } from './written-call.ts'

function compare(writer: KernelWriter, operator: string, left: Term, right: Term): Term {
  const [a, b] = writer.pair(left, right)
  const byText = isCoded(a.type) && !isDecimalType(a.type) && operator !== '===' && operator !== '!=='
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
  ...NUMBER_WRITERS,
  ...TEXT_WRITERS,
  ...TIME_WRITERS,
  ...NESTED_WRITERS,
}
