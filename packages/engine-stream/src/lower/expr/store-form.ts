import { type ColumnKind, columnKind, decimalType } from '@millrace/columnar'
import { bugError } from '@millrace/core'

/** JavaScript that keeps a computed value in the result column. */
export interface StoreForm {
  readonly prologue: readonly string[]
  readonly value: (value: string) => string
  readonly result: string
}

/** The memory form of a type that came through the plan's checks. */
export function kindOf(type: string): ColumnKind {
  const kind = columnKind(type)
  if (kind === undefined) throw bugError('stream/unexpected-type', `Type ${type} came through the plan's checks.`, { asked: type })
  return kind
}

export function isCoded(type: string): boolean {
  const kind = kindOf(type)
  return kind === 'string' || kind === 'bytes'
}

export function isDecimalType(type: string): boolean {
  return type.startsWith('decimal(')
}

export function storeForm(type: string, wide: boolean): StoreForm {
  if (isDecimalType(type)) return decimalForm(type)
  const kind = kindOf(type)
  switch (kind) {
    case 'boolean':
      return plainForm(kind, 'Uint8Array', (value) => `${value} ? 1 : 0`)
    case 'int32':
    case 'date':
      return plainForm(kind, 'Int32Array')
    case 'double':
    case 'timestamp':
      return plainForm(kind, 'Float64Array')
    case 'int64':
      return wide ? WIDE_FORM : NARROW_FORM
    default:
      return codedForm(kind)
  }
}

const same = (value: string): string => value

const WIDE_FORM: StoreForm = { prologue: ['const out = new BigInt64Array(rows)'], value: same, result: 'library.int64Column(out, nulls)' }
const NARROW_FORM: StoreForm = {
  prologue: ['const out = new Float64Array(rows)'],
  value: same,
  result: "{ kind: 'int64', safe: true, values: out, nulls }",
}

function plainForm(kind: string, array: string, value = same): StoreForm {
  return { prologue: [`const out = new ${array}(rows)`], value, result: `{ kind: '${kind}', values: out, nulls }` }
}

/** Units of the last digit in the kernel, text in the column. */
function decimalForm(type: string): StoreForm {
  const form = codedForm('string')
  return { ...form, value: (value) => form.value(`library.decimalText(${value}, ${decimalType(type).scale})`) }
}

function codedForm(kind: 'string' | 'bytes'): StoreForm {
  return {
    prologue: ['const out = new Int32Array(rows)', `const codes = new library.CodeBuilder('${kind}')`],
    value: (value) => `codes.code(${value})`,
    result: `{ kind: '${kind}', codes: out, dictionary: codes.dictionary(), nulls }`,
  }
}
