import type { LatestNode, ProjectNode, WindowAggregateNode } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import type { Step } from '../lower/lower-plan.ts'
import { printAggregate } from './aggregate-printer.ts'
import { printCondition, printExpression } from './expression-printer.ts'
import { identifier } from './identifier.ts'
import { overText, rowOrder } from './row-order.ts'
import { aliased, indent, selectText, withText } from './select-text.ts'
import { tieColumns } from './system-column.ts'

/** Whether the key has no current row as of this version. */
export const GONE = identifier('_gone')

/**
 * The current row of each key over time: the step's columns and what orders its rows, `_since`, the arrival after which the row is current,
 * and `_gone`. Every version is a row of its own; a key has at most one per arrival.
 */
export function printVersions(step: Step, keys: readonly string[]): string {
  const { node, upsert } = step.checked
  if (!upsert) return versionsOfRows(step, keys)
  if (node.kind === 'latest') return versionsOfRows(step.inputs[0], node.keys, node)
  if (node.kind === 'window-aggregate') return versionsOfAggregates(step, node)
  const { upsertKeys } = step.inputs[0].checked
  const before = printVersions(step.inputs[0], upsertKeys ?? keys)
  if (node.kind === 'filter') return filtered(step, printCondition(node.where, step.checked.fields), before)
  return node.kind === 'project' ? projected(step, node, before) : before
}

function filtered(step: Step, condition: string, before: string): string {
  const gone = aliased(`${GONE} OR (${condition}) IS NOT TRUE`, '_gone')
  return selectText(['"_since"', gone, ...orderColumns(step), ...fieldColumns(step)], [`FROM (\n${indent(before)}\n)`])
}

function projected(step: Step, node: ProjectNode, before: string): string {
  const { fields } = step.inputs[0].checked
  const marked = node.columns.find((column) => column.event_time === true)
  const kept = orderColumns(step).map((name) =>
    name === '"_event_time"' && marked !== undefined ? aliased(printExpression(marked.expr, fields).sql, '_event_time') : name,
  )
  const columns = node.columns.map((column) => aliased(printExpression(column.expr, fields).sql, column.name))
  return selectText(['"_since"', GONE, ...kept, ...columns], [`FROM (\n${indent(before)}\n)`])
}

/** Columns that order the rows of a step. */
function orderColumns({ checked, timed }: Step): readonly string[] {
  return [...tieColumns(checked.tie), ...(timed ? ['_event_time'] : [])].map(identifier)
}

function fieldColumns({ checked }: Step): readonly string[] {
  return checked.fields.map((field) => identifier(field.name))
}

/** Rows that were the last of their key, in the order of rows, when they arrived. */
function versionsOfRows(rows: Step, keys: readonly string[], node?: LatestNode): string {
  const by = keys.map(identifier)
  const gone = node?.deleted === undefined ? 'false' : `${identifier(node.deleted)} IS TRUE`
  return selectText(
    [aliased('"_arrival"', '_since'), aliased(gone, '_gone'), ...orderColumns(rows), ...fieldColumns(rows)],
    [
      `FROM ${identifier(rows.name)}`,
      `QUALIFY "_event_time" = max("_event_time") OVER (${overText(by, ['"_arrival"'])})`,
      ...onePerArrival(rows, by),
    ],
  )
}

/** Aggregates over all that had arrived. */
function versionsOfAggregates(step: Step, node: WindowAggregateNode): string {
  const [input] = step.inputs
  if (input.checked.upsert) return versionsOverVersions(step, node)
  const by = node.keys.map(identifier)
  const over = ` OVER (${overText(by, ['"_arrival"'])})`
  return selectText(
    [
      aliased('"_arrival"', '_since'),
      aliased('false', '_gone'),
      ...by,
      ...node.aggregates.map((one) => aliased(printAggregate(one, input, over), one.name)),
    ],
    [`FROM ${identifier(input.name)}`, ...(input.checked.tie.positions > 1 ? [`QUALIFY ${lastOfArrival(input, by)}`] : [])],
  )
}

/**
 * Aggregates over current rows: a version for each arrival at which a row came into the key or left it, over the rows that were current
 * then.
 */
function versionsOverVersions(step: Step, node: WindowAggregateNode): string {
  const [input] = step.inputs
  const { upsertKeys } = input.checked
  if (upsertKeys === undefined) throw unsupported('lookups in aggregates over corrected rows without keys', `node \`${node.id}\``)
  const until = `lead("_since") OVER (${overText(upsertKeys.map(identifier), ['"_since"'])})`
  const spans = selectText(['*', aliased(until, '_until')], [`FROM (\n${indent(printVersions(input, upsertKeys))}\n)`])
  const keys = node.keys.map((key, i) => aliased(identifier(key), `_key${i}`))
  const changes = ['_since', '_until']
    .map((name) => selectText([...keys, aliased(identifier(name), '_at')], ['FROM "_spans"']))
    .join('\nUNION\n')
  const meets = node.keys.map((key, i) => `"_key${i}" = ${identifier(key)}`)
  const grouped = selectText(
    [
      aliased('"_at"', '_since'),
      aliased(`count(${GONE}) = 0`, '_gone'),
      ...node.keys.map((key, i) => aliased(`"_key${i}"`, key)),
      ...node.aggregates.map((one) => aliased(printAggregate(one, input), one.name)),
    ],
    [
      `FROM (\n${indent(changes)}\n)`,
      'LEFT JOIN "_spans"',
      `ON ${[...meets, '"_since" <= "_at"', 'coalesce("_until" > "_at", true)', `NOT ${GONE}`].join('\n  AND ')}`,
      `GROUP BY ${['"_at"', ...node.keys.map((_, i) => `"_key${i}"`)].join(', ')}`,
    ],
  )
  return withText([{ name: '_spans', sql: spans }], grouped)
}

/** Only unions bring several rows of one arrival. */
function onePerArrival(rows: Step, by: readonly string[]): readonly string[] {
  return rows.checked.tie.positions > 1 ? [`AND ${lastOfArrival(rows, by)}`] : []
}

function lastOfArrival(rows: Step, by: readonly string[]): string {
  return `row_number() OVER (${overText([...by, '"_arrival"'], rowOrder(rows, 'last'))}) = 1`
}
