import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { canonicalType, commonType, parseType, typeText } from '../type/data-type.ts'
import { CASTS, castCanFail, isCast, isDecimalQuotient, quotientComplaint } from './cast-table.ts'
import { closest } from './closest.ts'
import type { CallExpr, CaseExpr, CastExpr, Expr, FieldExpr, LiteralExpr } from './expr.ts'
import { type ExprType, FUNCTIONS } from './function-table.ts'
import { literalComplaint } from './literal.ts'

/** Deepest nesting of an expression. */
const DEPTH_MAX = 200

/**
 * The type of an expression over columns, and whether it can be null.
 * Refuses what does not fit with `plan/unknown-column`, `plan/unknown-function`, `plan/argument-count`, `plan/argument-type`,
 * `plan/bad-literal`, `plan/cast-refused` or `plan/not-an-expression`; `where` names the place in the message.
 */
export function typeOf(expr: Expr, fields: readonly Field[], where = 'expression', depth = 0): ExprType {
  if (depth > DEPTH_MAX) throw userError('plan/too-deep', `The ${where} nests deeper than ${DEPTH_MAX} levels; split it with a project.`)
  if (typeof expr !== 'object' || expr === null) throw notAnExpression(expr, where)
  if ('col' in expr) return columnType(expr.col, fields, where)
  if ('lit' in expr) return literalType(expr, where)
  if ('fn' in expr) return callType(expr, { fields, where, depth })
  if ('cast' in expr) return castType(expr, { fields, where, depth })
  if ('case' in expr) return caseType(expr, { fields, where, depth })
  if ('field' in expr) return fieldType(expr, { fields, where, depth })
  throw notAnExpression(expr, where)
}

interface Scope {
  readonly fields: readonly Field[]
  readonly where: string
  readonly depth: number
}

function notAnExpression(expr: unknown, where: string): Error {
  const asked = JSON.stringify(expr) ?? String(expr)
  return userError('plan/not-an-expression', `The ${where} is ${asked.slice(0, 200)}, which is no expression.`, {
    asked,
    found: ['col', 'lit', 'fn', 'cast', 'case', 'field'],
    do: 'Write one of the expression forms of the plan reference.',
  })
}

function columnType(name: string, fields: readonly Field[], where: string): ExprType {
  const field = fields.find((candidate) => candidate.name === name)
  if (field !== undefined) return { type: field.type, nullable: field.nullable }
  const found = fields.map((candidate) => candidate.name)
  const near = closest(String(name), found)
  throw userError(
    'plan/unknown-column',
    `Column \`${name}\` is not known in the ${where}${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    {
      asked: name,
      found,
      do: near === undefined ? 'Use one of the columns found.' : `Write \`${near}\`.`,
    },
  )
}

function literalType(expr: LiteralExpr, where: string): ExprType {
  const type = typeof expr.type === 'string' ? canonicalType(expr.type) : undefined
  if (type === undefined) {
    throw userError('plan/unknown-type', `The ${where} has a literal of type \`${expr.type}\`, which is no type.`, {
      asked: expr.type,
      do: 'Use a type of the plan reference.',
    })
  }
  const complaint = literalComplaint(expr)
  if (complaint !== undefined) {
    throw userError(
      'plan/bad-literal',
      `The ${where} has the literal ${JSON.stringify(expr.lit)}, which is no ${expr.type}: ${complaint}.`,
      {
        asked: expr.lit,
        found: expr.type,
        do: complaint,
      },
    )
  }
  return { type, nullable: expr.lit === null }
}

function callType(expr: CallExpr, scope: Scope): ExprType {
  const spec = FUNCTIONS.get(expr.fn)
  if (spec === undefined) {
    const near = closest(String(expr.fn), [...FUNCTIONS.keys()])
    throw userError(
      'plan/unknown-function',
      `Function \`${expr.fn}\` in the ${scope.where} is not known${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
      {
        asked: expr.fn,
        found: [...FUNCTIONS.keys()],
        do: 'Use one of the functions found.',
      },
    )
  }
  const args = expr.args ?? []
  const [least, most] = spec.arity
  if (args.length < least || args.length > most) {
    throw userError(
      'plan/argument-count',
      `\`${expr.fn}\` in the ${scope.where} has ${args.length} arguments; its form is ${spec.signature}.`,
      {
        asked: args.length,
        found: spec.signature,
        do: 'Give the arguments its form names.',
      },
    )
  }
  const types = args.map((arg) => typeOf(arg, scope.fields, scope.where, scope.depth + 1))
  const result = spec.check(types, args)
  if (typeof result !== 'string') return result
  const given = types.map((type) => type.type)
  throw userError('plan/argument-type', `\`${expr.fn}\` in the ${scope.where} takes ${result}; it was given ${given.join(', ')}.`, {
    asked: given,
    found: spec.signature,
    do: `Give ${result}.`,
  })
}

function castType(expr: CastExpr, scope: Scope): ExprType {
  const to = typeof expr.to === 'string' ? canonicalType(expr.to) : undefined
  if (to === undefined) {
    throw userError('plan/unknown-type', `The ${scope.where} casts to \`${expr.to}\`, which is no type.`, {
      asked: expr.to,
      do: 'Use a type of the plan reference.',
    })
  }
  const quotient = quotientType(expr, to, scope)
  if (quotient !== undefined) return quotient
  const from = typeOf(expr.cast, scope.fields, scope.where, scope.depth + 1)
  if (from.type === to) return from
  if (isCast(from.type, to)) return { type: to, nullable: from.nullable || castCanFail(from.type, to) }
  const kind = from.type.replace(/[(<].*$/, '')
  const isDoubleToText = from.type === 'double' && to === 'string'
  throw userError(
    'plan/cast-refused',
    `A cast from ${from.type} to ${to} in the ${scope.where} is not offered${isDoubleToText ? ': how a double is written is for sinks to say' : ''}.`,
    {
      asked: `${from.type} to ${to}`,
      found: CASTS[kind] ?? [],
      do: CASTS[kind] === undefined ? 'Use the value as it is.' : `Cast ${kind} to one of the types found.`,
    },
  )
}

/** The type of `cast(div(a, b) to decimal(p,s))` where one of both is decimal: such a quotient needs a target type. */
function quotientType(expr: CastExpr, to: string, scope: Scope): ExprType | undefined {
  if (!('fn' in expr.cast) || expr.cast.fn !== 'div' || expr.cast.args?.length !== 2) return undefined
  const [a, b] = expr.cast.args.map((arg) => typeOf(arg, scope.fields, scope.where, scope.depth + 2).type)
  if (!isDecimalQuotient(a, b, to)) return undefined
  const complaint = quotientComplaint(a, b, to)
  if (complaint === undefined) return { type: to, nullable: true }
  throw userError('plan/argument-type', `The cast of \`div\` to ${to} in the ${scope.where} takes ${complaint}.`, {
    asked: [a, b, to],
    do: 'Cast the operands to shorter decimals, or to double.',
  })
}

function fieldType(expr: FieldExpr, scope: Scope): ExprType {
  const of = typeOf(expr.of, scope.fields, scope.where, scope.depth + 1)
  const struct = parseType(of.type)
  const found = struct?.kind === 'struct' ? struct.fields.map((field) => field.name) : []
  const field = struct?.kind === 'struct' ? struct.fields.find(({ name }) => name === expr.field) : undefined
  if (field !== undefined) return { type: typeText(field.type), nullable: true }
  const near = closest(String(expr.field), found)
  const what = struct?.kind === 'struct' ? `a struct of ${found.join(', ')}` : of.type
  throw userError(
    'plan/unknown-field',
    `The ${scope.where} reads field \`${expr.field}\` of ${what}${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    {
      asked: expr.field,
      found,
      do: found.length === 0 ? 'Read a field of a struct.' : 'Read one of the fields found.',
    },
  )
}

function caseType(expr: CaseExpr, scope: Scope): ExprType {
  const { fields, where, depth } = scope
  if (!Array.isArray(expr.case) || expr.case.length === 0) throw notAnExpression(expr, where)
  const results: ExprType[] = []
  for (const [when, then] of expr.case) {
    const condition = typeOf(when, fields, where, depth + 1)
    if (condition.type !== 'boolean') {
      throw userError('plan/argument-type', `A condition of \`case\` in the ${where} is ${condition.type}; it must be boolean.`, {
        asked: condition.type,
        found: 'boolean',
        do: 'Give a condition.',
      })
    }
    results.push(typeOf(then, fields, where, depth + 1))
  }
  if (expr.else !== undefined) results.push(typeOf(expr.else, fields, where, depth + 1))
  const type = results.reduce<string | undefined>(
    (common, next) => (common === undefined ? undefined : commonType(common, next.type)),
    results[0].type,
  )
  if (type === undefined) {
    throw userError('plan/argument-type', `The results of \`case\` in the ${where} have no type in common.`, {
      asked: results.map((result) => result.type),
      do: 'Give results of one type.',
    })
  }
  return { type, nullable: expr.else === undefined || results.some((result) => result.nullable) }
}
