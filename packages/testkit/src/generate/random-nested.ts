import { type DataType, literalValue, parseType, typeText, type Value } from '@millrace/core'
import { jsonFromValue } from '../case/decode-row.ts'
import type { Random } from './random.ts'

/** A decimal of the type: often at an end, at zero, or a half of some place. */
export function randomDecimal(random: Random, { precision, scale }: { readonly precision: number; readonly scale: number }): string {
  const digits = random.pick([
    () => '9'.repeat(precision),
    () => '0',
    () => '1',
    () => '5'.repeat(random.int(1, precision)),
    () => `5${'0'.repeat(random.int(0, precision - 1))}`,
    () => Array.from({ length: random.int(1, precision) }, () => random.int(0, 9)).join(''),
  ])()
  const padded = digits.padStart(scale + 1, '0')
  const whole = padded.slice(0, padded.length - scale).replace(/^0+(?=.)/, '')
  const text = scale === 0 ? whole : `${whole}.${padded.slice(-scale)}`
  return random.chance(0.4) && /[1-9]/.test(text) ? `-${text}` : text
}

/** Draws a value of a scalar type. */
export type DrawScalar = (type: string) => Exclude<Value, null>

/** A list, struct or JSON value as its one text; `scalar` draws what stands in it. */
export function randomNested(random: Random, type: string, scalar: DrawScalar): string {
  const json = JSON.stringify(type === 'json' ? randomJson(random, 3, scalar) : knownJson(random, parseType(type) as DataType, scalar))
  return literalValue({ lit: json, type }) as string
}

function nestedJson(random: Random, type: DataType, scalar: DrawScalar): unknown {
  return random.chance(0.15) ? null : knownJson(random, type, scalar)
}

function knownJson(random: Random, type: DataType, scalar: DrawScalar): unknown {
  switch (type.kind) {
    case 'list':
      return random.list(0, 4, () => nestedJson(random, type.element, scalar))
    case 'struct':
      return Object.fromEntries(type.fields.map((field) => [field.name, nestedJson(random, field.type, scalar)]))
    case 'json':
      return randomJson(random, 2, scalar)
    case 'decimal':
      return randomDecimal(random, type)
    default:
      return jsonFromValue(scalar(typeText(type)), typeText(type))
  }
}

const NAMES: readonly string[] = ['a', 'b', 'items', 'é', 'x y', '0', '$', "it's", 'a.b', '\u{1f600}']

function randomJson(random: Random, depth: number, scalar: DrawScalar): unknown {
  const kind = random.int(0, depth > 0 ? 7 : 4)
  if (kind === 0) return null
  if (kind === 1) return random.chance(0.5)
  if (kind === 2) return scalar('double')
  if (kind === 3) return scalar('string')
  if (kind === 4) return scalar('int32')
  if (kind === 5) return random.list(0, 3, () => randomJson(random, depth - 1, scalar))
  return Object.fromEntries(random.list(0, 4, () => [random.pick(NAMES), randomJson(random, depth - 1, scalar)] as const))
}
