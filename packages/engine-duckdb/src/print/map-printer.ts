import type { MapNode, Step } from '@millrace/core'
import { identifier, textConstant } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, atLeastOne, selectText } from './select-text.ts'
import { systemColumns } from './system-column.ts'

/** The column that holds what the function gave: why it gave nothing, or the values of its columns. */
const OUTCOME = identifier('_map')

/** The struct field that holds a given column, by its place. */
export function givenName(place: number): string {
  return `c${place}`
}

/** The name under which a map's function is called where none is registered: for people who read the statement. */
export function shownFunction({ function: { name } }: MapNode): string {
  return `map:${name}`
}

/** The input's rows with what the function makes of each: called once a row, since two statements read it. */
export function printMapped(node: MapNode, step: Step, options: PrintOptions): string {
  const [input] = step.inputs
  const name = (options.mapName ?? shownFunction)(node)
  const args = node.reads.length === 0 ? ['true'] : node.reads.map(identifier)
  return selectText(['*', `${identifier(name)}(${args.join(', ')}) AS ${OUTCOME}`], [`FROM ${identifier(input.name)}`])
}

/** The rows for which the function gave its columns. */
export function printMap(node: MapNode, step: Step): string {
  const columns = step.checked.fields.map(({ name }) => {
    const place = node.columns.findIndex((column) => column.name === name)
    return place < 0 ? identifier(name) : aliased(`${OUTCOME}.${identifier(givenName(place))}`, name)
  })
  return selectText(atLeastOne([...systemColumns(step).map(identifier), ...columns]), [
    `FROM ${identifier(step.mapped as string)}`,
    `WHERE ${OUTCOME}."reason" IS NULL`,
  ])
}

/** The rows for which it gave none, as `MapDeadLetter` columns. */
export function printDead(step: Step): string {
  const [input] = step.inputs
  const { source } = input.checked
  const ofRecord = (sql: string): string =>
    input.stamps === 'none' ? 'NULL' : input.stamps === 'some' ? `CASE WHEN "_watermark" IS NOT NULL THEN ${sql} END` : sql
  return selectText(
    [
      aliased(textConstant(step.checked.node.id), 'node'),
      aliased(ofRecord(source === undefined ? '"_source"' : textConstant(source.name)), 'source'),
      aliased(ofRecord('"_arrival"'), 'arrival'),
      ...['reason', 'message', 'record'].map((name) => aliased(`${OUTCOME}.${identifier(name)}`, name)),
    ],
    [`FROM ${identifier(step.mapped as string)}`, `WHERE ${OUTCOME}."reason" IS NOT NULL`],
  )
}
