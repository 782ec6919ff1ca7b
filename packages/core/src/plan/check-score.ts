import { columnKind, type Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { parseType } from '../type/data-type.ts'
import { checkName, clash } from './check-source.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { ScoreColumn, ScoreNode } from './node/score-node.ts'

/** The input's columns, then the model's; all else is as it was. */
export function checkScore(node: ScoreNode, input: CheckedNode): CheckedNode {
  const where = `score \`${node.id}\``
  const names = new Set(input.fields.map((field) => field.name))
  const outputs = node.columns.map((column): Field => {
    checkName(column.name, where)
    if (names.has(column.name)) throw clash(column.name, where)
    names.add(column.name)
    checkType(column, where)
    return { name: column.name, type: column.type, nullable: column.nullable === true }
  })
  return { ...input, node, inputs: [node.input], fields: [...input.fields, ...outputs] }
}

function checkType({ name, type }: ScoreColumn, where: string): void {
  if (parseType(type) !== undefined && columnKind(type) !== undefined) return
  throw userError('plan/unknown-type', `Type \`${type}\` of column \`${name}\` of ${where} is none that a model can give.`, {
    asked: type,
    do: 'Use a scalar type of the plan reference.',
  })
}
