import type { KernelWriter, Term } from './kernel-writer.ts'
import type { TypedExpr } from './typed-expr.ts'

export type Call = TypedExpr & { readonly kind: 'call' }

/** Writes a call of a function, and gives the term for its result. */
export type FunctionWriter = (writer: KernelWriter, call: Call) => Term
export type FunctionWriters = Readonly<Record<string, FunctionWriter>>

export function terms(writer: KernelWriter, call: Call): Term[] {
  return call.args.map((arg) => writer.term(arg))
}

/** An integer that the library computes as a number. */
export function integerResult(writer: KernelWriter, value: string): string {
  return writer.wide ? `BigInt(${value})` : value
}
