import { commonType, isEquatable, isOrderable } from '../../type/data-type.ts'
import type { Expr } from '../expr.ts'

/** What is known of an expression: its type text and whether it can be null. */
export interface ExprType {
  readonly type: string
  readonly nullable: boolean
}

export interface FunctionExample {
  /** Argument literals as they stand in a plan. */
  readonly args: readonly { readonly lit: string | null; readonly type: string }[]
  readonly result: null | boolean | number | string
}

/** One function of the plan language: from this documentation, type checking and tests are made. */
export interface FunctionSpec {
  readonly name: string
  readonly signature: string
  readonly nulls: string
  readonly example: FunctionExample
  /** Least and greatest number of arguments. */
  readonly arity: readonly [number, number]
  /** The result's type, or a sentence saying what the arguments must be. */
  readonly check: (args: readonly ExprType[], exprs: readonly Expr[]) => ExprType | string
}

export const ANY_NULL = 'null if any argument is null'
/** Most arguments of a variadic function. */
export const ARGUMENTS_MAX = 1_000

export function lit(text: string | null, type: string): { lit: string | null; type: string } {
  return { lit: text, type }
}

export function anyNullable(args: readonly ExprType[]): boolean {
  return args.some((arg) => arg.nullable)
}

/** The text of a literal that is not null, of the type; undefined for anything else. */
export function literalText(expr: Expr | undefined, type: string): string | undefined {
  return expr !== undefined && 'lit' in expr && expr.type === type && expr.lit !== null ? expr.lit : undefined
}

/** Why the arguments cannot be compared, or undefined. */
export function comparable(args: readonly ExprType[], ordered: boolean): string | undefined {
  const fits = ordered ? isOrderable : isEquatable
  for (const arg of args) {
    if (!fits(arg.type)) return `arguments that have ${ordered ? 'an order' : 'equality'}`
    if (commonType(args[0].type, arg.type) === undefined) return 'arguments of one type (numbers mix)'
  }
  return undefined
}
