import { userError } from '../error/index.ts'
import type { Expr } from './expr.ts'
import { FUNCTIONS } from './function-table.ts'
import { isTyped, operand, type Typed, type TypeName, typed } from './typed.ts'

export function call(fn: string, args: readonly Expr[]): Expr {
  return { fn, args }
}

/** The type of an operand as it stands in the plan. */
export function typeHere(value: unknown, expr: Expr): string {
  return isTyped(value) ? value.type : 'type' in expr ? expr.type : 'string'
}

/** A call whose type the function table says; plain operands become literals of the type that stands beside them. */
export function computed<T extends TypeName>(fn: string, operands: readonly unknown[], beside: string): Typed<T> {
  const exprs = operands.map((value) => operand(value, beside))
  const types = operands.map((value, i) => ({ type: typeHere(value, exprs[i]), nullable: true }))
  const result = FUNCTIONS.get(fn)?.check(types, exprs) ?? 'nothing: there is no such function'
  if (typeof result === 'object') return typed(call(fn, exprs), result.type)
  const given = types.map(({ type }) => type)
  throw userError('plan/argument-type', `\`${fn}\` takes ${result}; it was given ${given.join(', ')}.`, {
    asked: given,
    found: FUNCTIONS.get(fn)?.signature,
    do: `Give ${result}.`,
  })
}
