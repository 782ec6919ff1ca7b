import type { Expr } from '@millrace/core'
import { bugError } from '@millrace/core'
import type { RegisterSource, Step } from '../operator/physical-plan.ts'
import { type RegisterRef, registersOf, resolveExpr, type TypedExpr } from './expr/typed-expr.ts'
import { writeExpr } from './expr/write-expr.ts'

/** What columns are called at a node, and where they lie. */
export type Scope = ReadonlyMap<string, RegisterRef>

interface Definition {
  readonly type: string
  readonly column: string | null
  readonly expr: TypedExpr | null
}

/**
 * Collects the steps of a pipeline. A register is defined where a node names a column and filled only once something demands
 * it, so what nothing reads is neither decoded nor computed, and equal expressions share a register.
 */
export class PipelineBuilder {
  readonly #definitions: Definition[] = []
  readonly #known = new Map<string, number>()
  readonly #filled: Set<number>
  #sources: RegisterSource[] = []
  #steps: Step[] = []

  constructor() {
    this.#filled = new Set()
  }

  /** The register of a column of the records, or of the window rows. */
  column(name: string, type: string): RegisterRef {
    return this.#define(`column ${name}`, { type, column: name, expr: null })
  }

  /** The register of an expression over a scope; a bare column keeps its register. */
  define(expr: Expr, scope: Scope): RegisterRef {
    const typed = resolveExpr(expr, (name) => columnOf(scope, name))
    if (typed.kind === 'column') return { register: typed.register, type: typed.type }
    const key = JSON.stringify(typed, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
    return this.#define(key, { type: typed.type, column: null, expr: typed })
  }

  #define(key: string, definition: Definition): RegisterRef {
    let register = this.#known.get(key)
    if (register === undefined) {
      register = this.#definitions.push(definition) - 1
      this.#known.set(key, register)
    }
    return { register, type: definition.type }
  }

  /** Makes sure that the register is filled from here on. */
  demand(register: number): number {
    if (this.#filled.has(register)) return register
    this.#filled.add(register)
    const { column, expr } = this.#definitions[register]
    if (column !== null) this.#sources.push({ register, column })
    if (expr !== null) {
      for (const input of registersOf(expr)) this.demand(input)
      this.#steps.push({ kind: 'compute', register, expr: writeExpr(expr) })
    }
    return register
  }

  filter(node: string, where: RegisterRef): void {
    this.#steps.push({ kind: 'filter', node, where: this.demand(where.register) })
  }

  /** Takes out what was collected since the last take. */
  take(): { readonly sources: readonly RegisterSource[]; readonly steps: readonly Step[] } {
    const taken = { sources: this.#sources, steps: this.#steps }
    this.#sources = []
    this.#steps = []
    return taken
  }

  get registers(): number {
    return this.#definitions.length
  }

  typeOf(register: number): string {
    return this.#definitions[register].type
  }
}

export function columnOf(scope: Scope, name: string): RegisterRef {
  const found = scope.get(name)
  if (found !== undefined) return found
  throw bugError('stream/unexpected-column', `Column \`${name}\` came through the plan's checks.`, {
    asked: name,
    found: [...scope.keys()],
  })
}
