import { decimalType } from '@millrace/columnar'
import { bugError, commonType, type LiteralValue } from '@millrace/core'
import { decimalUnits } from '../../operator/kernel/decimal.ts'
import type { ExprInput } from '../../operator/physical-plan.ts'
import { writeCast } from './cast-writer.ts'
import { FUNCTION_WRITERS } from './function-writer.ts'
import { isCoded, isDecimalType, kindOf, storeForm } from './store-form.ts'
import type { TypedExpr } from './typed-expr.ts'

/** A part of a row's computation: JavaScript for its value and for whether it is null. Under a null the value means nothing. */
export interface Term {
  readonly type: string
  readonly value: string
  /** `true`, `false` or JavaScript without effects. */
  readonly isNull: string
  readonly literal?: LiteralValue
}

/** A literal needs 64 bits: there is no variant on doubles. */
export class NeedsWide {}

export interface KernelOptions {
  /** Whether int64 is computed in bigints. */
  readonly wide: boolean
  /** The input that stands for a part, when that is a table over a dictionary. */
  readonly tableOf: (expr: TypedExpr) => ExprInput | undefined
  /** The kernel runs over dictionary entries: every column is register 0. */
  readonly overEntries: boolean
}

const SET_NULL = '(nulls ??= new Uint8Array(rows))[i] = 1'

/**
 * Writes the body of a kernel for one expression: a loop over the selected rows whose body computes every part once, eagerly
 * (all functions are total), as statements over local variables.
 */
export class KernelWriter {
  readonly wide: boolean
  readonly inputs: ExprInput[] = []
  readonly #options: KernelOptions
  readonly #prologue: string[] = []
  readonly #body: string[] = []
  readonly #terms = new Map<string, Term>()
  #variables = 0

  constructor(options: KernelOptions) {
    this.wide = options.wide
    this.#options = options
  }

  /** The kernel's body. Throws `NeedsWide` where a variant on doubles is impossible. */
  write(expr: TypedExpr): string {
    const root = this.term(expr)
    const form = storeForm(root.type, this.wide)
    const store = `out[i] = ${form.value(root.value)}`
    return this.#loop(form.prologue, root.isNull === 'false' ? store : `if (${root.isNull}) ${SET_NULL}\nelse ${store}`, form.result)
  }

  /** The body that copies a coded table by its codes. */
  writeLookup(input: ExprInput, type: string): string {
    const { isNull } = this.#input(type, input)
    const result = `{ kind: '${kindOf(type)}', codes: out, dictionary: d0, nulls }`
    return this.#loop(['const out = new Int32Array(rows)'], `if (${isNull}) ${SET_NULL}\nelse out[i] = c0[x0]`, result)
  }

  #loop(prologue: readonly string[], store: string, result: string): string {
    return [
      ...this.#prologue,
      ...prologue,
      'let nulls = null',
      'for (let k = 0; k < count; k++) {',
      'const i = selection === null ? k : selection[k]',
      ...this.#body,
      store,
      '}',
      `return ${result}`,
    ].join('\n')
  }

  line(text: string): void {
    this.#body.push(text)
  }

  variable(prefix: string): string {
    return `${prefix}${this.#variables++}_`
  }

  zero(type: string): string {
    if (type === 'boolean') return 'false'
    if (isDecimalType(type)) return '0n'
    if (isCoded(type)) return "''"
    return type === 'int64' && this.wide ? '0n' : '0'
  }

  nullTerm(type: string): Term {
    return { type, value: this.zero(type), isNull: 'true', literal: null }
  }

  /** Equal parts of an expression are computed once. */
  term(expr: TypedExpr): Term {
    const key = JSON.stringify(expr, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
    let term = this.#terms.get(key)
    if (term === undefined) this.#terms.set(key, (term = this.#newTerm(expr)))
    return term
  }

  #newTerm(expr: TypedExpr): Term {
    if (expr.kind === 'column') return this.#input(expr.type, { register: this.#options.overEntries ? 0 : expr.register, table: null })
    if (expr.kind === 'literal') return this.#literal(expr.value, expr.type)
    const table = this.#options.tableOf(expr)
    if (table !== undefined) return this.#input(expr.type, table)
    if (expr.kind === 'cast') return writeCast(this, this.term(expr.of), expr.type)
    if (expr.kind === 'field') {
      const of = this.term(expr.of)
      return this.optional(expr.type, [of], `library.fieldOf(${of.value}, ${expr.place}, ${JSON.stringify(expr.type)})`)
    }
    if (expr.kind === 'case') return this.#case(expr)
    const write = FUNCTION_WRITERS[expr.fn]
    if (write === undefined)
      throw bugError('stream/unexpected-call', `The call of \`${expr.fn}\` came through the engine's capabilities.`, { asked: expr.fn })
    return write(this, expr)
  }

  #literal(value: LiteralValue, type: string): Term {
    return value === null ? this.nullTerm(type) : { type, value: this.#literalText(value, type), isNull: 'false', literal: value }
  }

  #literalText(value: Exclude<LiteralValue, null>, type: string): string {
    if (isDecimalType(type)) return `(${decimalUnits(value as string)}n)`
    if (type === 'int64' && this.wide) return `(${value}n)`
    if (typeof value === 'bigint') throw new NeedsWide()
    if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('latin1'))
    return typeof value === 'string' ? JSON.stringify(value) : `(${value})`
  }

  #input(type: string, input: ExprInput): Term {
    const p = this.inputs.push(input) - 1
    const coded = isCoded(type)
    this.#prologue.push(`const c${p} = inputs[${p}].column.${coded ? 'codes' : 'values'}, n${p} = inputs[${p}].column.nulls`)
    if (coded) this.#prologue.push(`const d${p} = inputs[${p}].column.dictionary`)
    if (input.table !== null) {
      this.#prologue.push(
        `const bc${p} = inputs[${p}].base.codes, bn${p} = inputs[${p}].base.nulls, bs${p} = inputs[${p}].base.dictionary.size`,
      )
    }
    this.line(input.table === null ? `const x${p} = i` : `const x${p} = bn${p} !== null && bn${p}[i] === 1 ? bs${p} : bc${p}[i]`)
    this.line(`const z${p} = n${p} !== null && n${p}[x${p}] === 1`)
    return { type, value: this.#inputValue(p, type), isNull: `z${p}` }
  }

  #inputValue(p: number, type: string): string {
    const at = `c${p}[x${p}]`
    if (type === 'boolean') return `(${at} === 1)`
    if (!isCoded(type)) return at
    const text = `library.entryText(d${p}, ${at}, '${kindOf(type)}')`
    return isDecimalType(type) ? `library.decimalUnits(${text})` : text
  }

  /** JavaScript for a value that is written once, computed before the loop. */
  constant(text: string): string {
    const name = this.variable('k')
    this.#prologue.push(`const ${name} = ${text}`)
    return name
  }

  /** The term in a wider type: int32 < int64 < double; integers < decimals of more digits < double. */
  widened(term: Term, type: string): Term {
    if (term.type === type) return term
    if (term.isNull === 'true') return this.nullTerm(type)
    if (isDecimalType(type)) return { type, value: unitsText(term, decimalType(type).scale), isNull: term.isNull }
    if (isDecimalType(term.type))
      return { type, value: `library.decimalDouble(${term.value}, ${decimalType(term.type).scale})`, isNull: term.isNull }
    if (typeof term.literal === 'number' || typeof term.literal === 'bigint') {
      return this.#literal(type === 'double' ? Number(term.literal) : term.literal, type)
    }
    if (!this.wide) return { ...term, type }
    if (type === 'int64') return { type, value: `BigInt(${term.value})`, isNull: term.isNull }
    return { type, value: term.type === 'int64' ? `Number(${term.value})` : term.value, isNull: term.isNull }
  }

  /** Both terms in their common type. */
  pair(a: Term, b: Term): [Term, Term] {
    const type = commonType(a.type, b.type) ?? a.type
    return [this.widened(a, type), this.widened(b, type)]
  }

  /** Whether any term is null, folded where it is known. */
  anyNull(terms: readonly Term[]): string {
    const flags = [...new Set(terms.map((term) => term.isNull))].filter((flag) => flag !== 'false')
    if (flags.includes('true')) return 'true'
    return flags.length === 0 ? 'false' : flags.length === 1 ? flags[0] : `(${flags.join(' || ')})`
  }

  /** A result that is null exactly when an argument is; `value` is JavaScript over the arguments' values. */
  strict(type: string, args: readonly Term[], value: string): Term {
    const anyNull = this.anyNull(args)
    if (anyNull !== 'false') return this.guarded(type, args, (target) => `${target} = ${value}`)
    const target = this.variable('v')
    this.line(`const ${target} = ${value}`)
    return { type, value: target, isNull: 'false' }
  }

  /** As `strict`, with statements that fill the value and may set the null flag. */
  guarded(type: string, args: readonly Term[], statements: (value: string, isNull: string) => string): Term {
    const anyNull = this.anyNull(args)
    if (anyNull === 'true') return this.nullTerm(type)
    const value = this.variable('v')
    const isNull = this.variable('z')
    this.line(`let ${value} = ${this.zero(type)}, ${isNull} = ${anyNull}\nif (!${isNull}) {\n${statements(value, isNull)}\n}`)
    return { type, value, isNull }
  }

  /** A result that is null when an argument is or where the library gives undefined; int64 comes as a number or a bigint. */
  optional(type: string, args: readonly Term[], text: string): Term {
    return this.guarded(type, args, (value, isNull) => {
      const wide = type === 'int64' && this.wide
      const bail = type === 'int64' && !this.wide ? "if (typeof part === 'bigint') return null\n" : ''
      return `const part = ${text}\n${bail}if (part === undefined) ${isNull} = true\nelse ${value} = ${wide ? 'BigInt(part)' : 'part'}`
    })
  }

  #case(expr: TypedExpr & { kind: 'case' }): Term {
    const branches = expr.branches.map(([when, then]) => ({ when: this.term(when), then: this.widened(this.term(then), expr.type) }))
    const otherwise = this.widened(this.term(expr.otherwise), expr.type)
    const value = this.variable('v')
    const isNull = this.variable('z')
    this.line(`let ${value} = ${otherwise.value}, ${isNull} = ${otherwise.isNull}`)
    const tests = branches.map(
      ({ when, then }) => `if (!${when.isNull} && ${when.value}) { ${value} = ${then.value}; ${isNull} = ${then.isNull} }`,
    )
    this.line(tests.join('\nelse '))
    return { type: expr.type, value, isNull }
  }
}

/** An integer or decimal as units at a scale that is no smaller. */
function unitsText(term: Term, scale: number): string {
  const by = scale - decimalType(term.type).scale
  const units = isDecimalType(term.type) ? term.value : `BigInt(${term.value})`
  return by === 0 ? units : `(${units} * ${10n ** BigInt(by)}n)`
}
