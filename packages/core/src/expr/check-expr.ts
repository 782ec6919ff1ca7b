import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { commonType, parseType } from '../type/data-type.ts'
import { closest } from './closest.ts'
import type { CallExpr, CaseExpr, CastExpr, Expr, LiteralExpr } from './expr.ts'
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
  if ('field' in expr) {
    throw userError('plan/unknown-field', `The ${where} reads field \`${expr.field}\`, but no column here is a struct.`, {
      asked: expr.field,
      found: [],
      do: 'Use a column.',
    })
  }
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
  if (typeof expr.type !== 'string' || parseType(expr.type) === undefined) {
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
  return { type: expr.type, nullable: expr.lit === null }
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

const CASTS: ReadonlySet<string> = new Set(['int32>int64', 'int32>double', 'int64>double', 'timestamp>int64', 'int64>timestamp'])

function castType(expr: CastExpr, scope: Scope): ExprType {
  const from = typeOf(expr.cast, scope.fields, scope.where, scope.depth + 1)
  if (from.type === expr.to) return from
  if (!CASTS.has(`${from.type}>${expr.to}`)) {
    throw userError('plan/cast-refused', `A cast from ${from.type} to ${expr.to} in the ${scope.where} is not offered.`, {
      asked: `${from.type} to ${expr.to}`,
      found: [...CASTS].map((pair) => pair.replace('>', ' to ')),
      do: 'Use one of the pairs found.',
    })
  }
  return { type: expr.to, nullable: from.nullable || expr.to === 'timestamp' }
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
