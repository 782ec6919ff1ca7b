import { columnKind, type Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { typeOf } from '../expr/check-expr.ts'
import { parseType } from '../type/data-type.ts'
import { checkName, clash } from './check-source.ts'
import type { CheckedNode } from './checked-plan.ts'
import type { MapColumn, MapNode } from './node/map-node.ts'

/** The input's columns with those that the function gives in their place or behind them; all else is as it was. */
export function checkMap(node: MapNode, input: CheckedNode): CheckedNode {
  const where = `map \`${node.id}\``
  if (input.upsert) throw overCorrected(node)
  refuseTwice(node.reads, where)
  for (const name of node.reads) typeOf({ col: name }, input.fields, `what ${where} reads`)
  refuseTwice(
    node.columns.map(({ name }) => name),
    where,
  )
  const given = new Map(node.columns.map((column) => [column.name, fieldOf(column, where)]))
  const known = new Set(input.fields.map(({ name }) => name))
  const fields = [
    ...input.fields.map((field) => given.get(field.name) ?? field),
    ...[...given.values()].filter(({ name }) => !known.has(name)),
  ]
  const keeps = (names: readonly string[] | undefined): boolean => names?.some((name) => given.has(name)) !== true
  const { eventTime, partitionedBy, window } = input
  return {
    ...input,
    node,
    inputs: [node.input],
    fields,
    eventTime: eventTime !== undefined && given.has(eventTime) ? undefined : eventTime,
    partitionedBy: keeps(partitionedBy) ? partitionedBy : undefined,
    window: window !== undefined && keeps([window.start, window.end]) ? window : undefined,
  }
}

function fieldOf({ name, type, nullable }: MapColumn, where: string): Field {
  checkName(name, where)
  if (parseType(type) !== undefined && columnKind(type) !== undefined) return { name, type, nullable: nullable === true }
  throw userError('plan/unknown-type', `Type \`${type}\` of column \`${name}\` of ${where} is not known.`, {
    asked: type,
    do: 'Use a type of the plan reference.',
  })
}

function refuseTwice(names: readonly string[], where: string): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw clash(twice, where)
}

function overCorrected(node: MapNode): Error {
  return userError(
    'plan/map-over-upsert',
    `Map \`${node.id}\` reads rows that are corrected as more comes in; a function is called once for each row that stands.`,
    {
      asked: node.id,
      found: node.input,
      do: 'Map the rows before they are aggregated, or say it in expressions with a project.',
    },
  )
}
