import { decimalType } from '@millrace/columnar'
import { withinDigits } from './cast-writer.ts'
import type { KernelWriter, Term } from './kernel-writer.ts'
import { isDecimalType } from './store-form.ts'
import { type Call, type FunctionWriter, type FunctionWriters, terms } from './written-call.ts'

/** What follows a computed number: doubles that are not finite and int64 that overflow become null; inexact doubles give up. */
function settled(writer: KernelWriter, type: string, target: { readonly value: string; readonly isNull: string }): string {
  const { value, isNull } = target
  const setNull = `{ ${isNull} = true; ${value} = ${writer.zero(type)} }`
  if (isDecimalType(type)) return withinDigits(type, target)
  if (type === 'double') return `if (!(${value} > -Infinity && ${value} < Infinity)) ${setNull}`
  if (writer.wide) return `if (${value} !== BigInt.asIntN(64, ${value})) ${setNull}`
  return `if (${value} > 9007199254740991 || ${value} < -9007199254740991) return null`
}

function arithmetic(operator: string): FunctionWriter {
  return (writer, call) => {
    if (isDecimalType(call.type)) return decimalArithmetic(writer, call, operator)
    const [a, b] = terms(writer, call).map((term) => writer.widened(term, call.type))
    const noMinusZero = call.type === 'int64' && writer.wide ? '' : ' + 0'
    return writer.guarded(
      call.type,
      [a, b],
      (value, isNull) => `${value} = ${a.value} ${operator} ${b.value}${noMinusZero}\n${settled(writer, call.type, { value, isNull })}`,
    )
  }
}

/** Operands of a sum are brought to its type, and one that leaves it makes it null; those of a product keep their digits. */
function decimalArithmetic(writer: KernelWriter, call: Call, operator: string): Term {
  const operands = terms(writer, call)
  const scales = operands.map(({ type }) => decimalType(type).scale)
  const { precision, scale } = decimalType(call.type)
  const isProduct = operator === '*'
  const units = operands.map(({ value }, i) =>
    isProduct || scales[i] === scale ? `BigInt(${value})` : `library.shiftUnits(BigInt(${value}), ${scale - scales[i]})`,
  )
  const limit = `${10n ** BigInt(precision)}n`
  const tooLong = ['a', 'b'].map((name) => `${name} >= ${limit} || ${name} <= -${limit}`).join(' || ')
  return writer.guarded(call.type, operands, (value, isNull) => {
    const result = `${value} = a ${operator} b\n${withinDigits(call.type, { value, isNull })}`
    return `const a = ${units[0]}, b = ${units[1]}\n${isProduct ? result : `if (${tooLong}) ${isNull} = true\nelse {\n${result}\n}`}`
  })
}

/** The exact quotient of decimals or integers, rounded to the type's digits. */
function decimalQuotient(writer: KernelWriter, call: Call): Term {
  const operands = terms(writer, call)
  const [a, b] = operands.map(({ type }) => decimalType(type).scale)
  const shift = decimalType(call.type).scale + b - a
  const [up, down] = [Math.max(shift, 0), Math.max(-shift, 0)]
  return writer.guarded(call.type, operands, (value, isNull) => {
    const parts = `const a = BigInt(${operands[0].value}) * ${10n ** BigInt(up)}n, b = BigInt(${operands[1].value}) * ${10n ** BigInt(down)}n`
    const quotient = `${value} = library.divideRounded(a, b)\n${withinDigits(call.type, { value, isNull })}`
    return `${parts}\nif (b === 0n) ${isNull} = true\nelse {\n${quotient}\n}`
  })
}

function divide(writer: KernelWriter, call: Call): Term {
  if (isDecimalType(call.type)) return decimalQuotient(writer, call)
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
    const wide = isDecimalType(call.type) || (writer.wide && call.type === 'int64')
    return writer.guarded(
      call.type,
      [a],
      (value, isNull) => `${value} = ${form(a.value, wide)}\n${settled(writer, call.type, { value, isNull })}`,
    )
  }
}

function round(writer: KernelWriter, call: Call): Term {
  const [x, digits] = terms(writer, call)
  return writer.guarded(call.type, [x, digits], (value, isNull) => {
    const settle = settled(writer, call.type, { value, isNull })
    if (call.type === 'double') return `${value} = library.roundDouble(${x.value}, ${digits.value}) + 0\n${settle}`
    if (isDecimalType(call.type))
      return `${value} = library.roundUnits(${x.value}, ${decimalType(x.type).scale}, ${digits.value})\n${settle}`
    const rounded = `library.roundInteger(${x.value}, ${digits.value})`
    return `${value} = ${writer.wide ? rounded : `Number(${rounded})`}\n${settle}`
  })
}

function toWhole(name: 'floor' | 'ceil'): FunctionWriter {
  return (writer, call) => {
    const x = writer.term(call.args[0])
    if (call.type === 'double') return writer.strict('double', [x], `Math.${name}(${x.value}) + 0`)
    if (!isDecimalType(call.type)) return x
    const { scale } = decimalType(call.type)
    return writer.guarded(
      call.type,
      [x],
      (value, isNull) => `${value} = library.${name}Units(${x.value}, ${scale})\n${withinDigits(call.type, { value, isNull })}`,
    )
  }
}

function real(name: string): FunctionWriter {
  return (writer, call) => {
    const args = terms(writer, call).map((term) => writer.widened(term, 'double'))
    const text = `Math.${name}(${args.map((arg) => arg.value).join(', ')}) + 0`
    return writer.guarded('double', args, (value, isNull) => `${value} = ${text}\n${settled(writer, 'double', { value, isNull })}`)
  }
}

export const NUMBER_WRITERS: FunctionWriters = {
  add: arithmetic('+'),
  sub: arithmetic('-'),
  mul: arithmetic('*'),
  div: divide,
  quot: integerDivision((a, b, wide) => (wide ? `${a} / ${b}` : `(${a} - ${a} % ${b}) / ${b} + 0`)),
  mod: integerDivision((a, b, wide) => (wide ? `${a} % ${b}` : `${a} % ${b} + 0`)),
  neg: unary((a, wide) => (wide ? `-${a}` : `0 - ${a}`)),
  abs: unary((a, wide) => (wide ? `${a} < 0n ? -${a} : ${a}` : `Math.abs(${a})`)),
  round,
  floor: toWhole('floor'),
  ceil: toWhole('ceil'),
  ln: real('log'),
  exp: real('exp'),
  sqrt: real('sqrt'),
  pow: real('pow'),
}
