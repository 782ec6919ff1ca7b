import type { Expr } from '@millrace/core'
import { bugError, parseType, typeText } from '@millrace/core'
import { commonType } from './common-type.ts'
import { FUNCTIONS, type FunctionRule } from './functions.ts'

export function functionRule(name: string): FunctionRule {
  const rule = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (rule === undefined) throw bugError('reference/unknown-function', `Function \`${name}\` reached the reference.`, { asked: name })
  return rule
}

/** The type of an expression of a checked plan over columns of the given types. */
export function typeOfExpr(expr: Expr, types: ReadonlyMap<string, string>): string {
  if ('col' in expr) return types.get(expr.col) as string
  if ('lit' in expr) return expr.type
  if ('cast' in expr) return expr.to
  if ('fn' in expr) return functionRule(expr.fn).type(expr.args.map((arg) => typeOfExpr(arg, types)))
  if ('case' in expr) {
    const results = expr.case.map(([, then]) => then)
    if (expr.else !== undefined) results.push(expr.else)
    return results.map((result) => typeOfExpr(result, types)).reduce(commonType)
  }
  const struct = parseType(typeOfExpr(expr.of, types))
  const field = struct?.kind === 'struct' ? struct.fields.find(({ name }) => name === expr.field) : undefined
  if (field !== undefined) return typeText(field.type)
  throw bugError('reference/struct-field', `Field \`${expr.field}\` of no struct reached the reference.`, { asked: expr.field })
}
