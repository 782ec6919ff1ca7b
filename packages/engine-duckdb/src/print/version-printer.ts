import { type LatestNode, type ProjectNode, type Step, type TopNNode, tieColumns, type WindowAggregateNode } from '@millrace/core'
import { printAggregate } from './aggregate-printer.ts'
import { printCondition, printExpression } from './expression-printer.ts'
import { identifier } from './identifier.ts'
import { overText, rowOrder } from './row-order.ts'
import { aliased, indent, selectText, withText } from './select-text.ts'
import { rankOrder } from './top-n-printer.ts'
import { unionColumn } from './union-printer.ts'

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
  return selectText(['"_since"', GONE, ...projectedColumns(step, node)], [`FROM (\n${indent(before)}\n)`])
}

function projectedColumns(step: Step, node: ProjectNode): readonly string[] {
  const { fields } = step.inputs[0].checked
  const marked = node.columns.find((column) => column.event_time === true)
  const kept = orderColumns(step).map((name) =>
    name === '"_event_time"' && marked !== undefined ? aliased(printExpression(marked.expr, fields).sql, '_event_time') : name,
  )
  const columns = node.columns.map((column) => aliased(printExpression(column.expr, fields).sql, column.name))
  return [...kept, ...columns]
}

/** Columns that order the rows of a step. */
function orderColumns(step: Step): readonly string[] {
  return orderNames(step).map(identifier)
}

function orderNames({ checked, timed }: Step): readonly string[] {
  return [...tieColumns(checked.tie), ...(timed ? ['_event_time'] : [])]
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
  if (input.checked.upsert) return versionsOverSpans(step, node)
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
function versionsOverSpans(step: Step, node: WindowAggregateNode): string {
  const [input] = step.inputs
  const grouped = selectText(
    [
      aliased('"_at"', '_since'),
      aliased('count("_since") = 0', '_gone'),
      ...node.keys.map((key, i) => aliased(identifier(keyName(i)), key)),
      ...node.aggregates.map((one) => aliased(printAggregate(one, input), one.name)),
    ],
    [
      `FROM (\n${indent(changesOf(node.keys))}\n)`,
      `LEFT JOIN "_spans" ON ${isCurrent(node.keys)}`,
      `GROUP BY ${['"_at"', ...node.keys.map((_, i) => identifier(keyName(i)))].join(', ')}`,
    ],
  )
  return withText([{ name: '_spans', sql: printSpans(input) }], grouped)
}

/** The arrivals at which rows of `_spans` came into groups or left them. */
function changesOf(keys: readonly string[]): string {
  const columns = keys.map((key, i) => aliased(identifier(key), keyName(i)))
  return ['"_since"', '"_until"']
    .map((at) => selectText([...columns, aliased(at, '_at')], ['FROM "_spans"', `WHERE ${at} IS NOT NULL`]))
    .join('\nUNION\n')
}

/** Whether a row of `_spans` was current in its group at a change. */
function isCurrent(keys: readonly string[]): string {
  const meets = keys.map((key, i) => `${identifier(keyName(i))} IS NOT DISTINCT FROM ${identifier(key)}`)
  return [...meets, '"_since" <= "_at"', 'coalesce("_until" > "_at", true)'].join(' AND ')
}

function keyName(place: number): string {
  return `_key${place}`
}

/**
 * The rows of a step between the arrivals that made them current and no longer current: its columns and what orders its rows, `_since`, and
 * `_until`, null while they are. A row may have several spans, one behind the other.
 */
function printSpans(step: Step): string {
  const { node, upsert } = step.checked
  if (!upsert) return spansOfRows(step)
  const [input] = step.inputs
  switch (node.kind) {
    case 'latest':
    case 'window-aggregate':
      return spansOfVersions(step, node.keys)
    case 'filter':
      return selectText(['*'], [`FROM (\n${indent(printSpans(input))}\n)`, `WHERE ${printCondition(node.where, step.checked.fields)}`])
    case 'project':
      return selectText(['"_since"', '"_until"', ...projectedColumns(step, node)], [`FROM (\n${indent(printSpans(input))}\n)`])
    case 'union':
      return step.inputs.map((_, place) => spansOfInput(step, place)).join('\nUNION ALL\n')
    case 'top-n':
      return spansOfFirst(step, node)
    default:
      return printSpans(input)
  }
}

/** Rows that stay. */
function spansOfRows(step: Step): string {
  const since = step.checked.tie.arrival === 'never' ? '0::BIGINT' : '"_arrival"'
  return selectText(
    [aliased(since, '_since'), aliased('NULL::BIGINT', '_until'), ...orderColumns(step), ...fieldColumns(step)],
    [`FROM ${identifier(step.name)}`],
  )
}

function spansOfVersions(step: Step, keys: readonly string[]): string {
  const until = `lead("_since") OVER (${overText(keys.map(identifier), ['"_since"'])})`
  const versions = selectText(['*', aliased(until, '_until')], [`FROM (\n${indent(printVersions(step, keys))}\n)`])
  return selectText(
    ['"_since"', '"_until"', ...orderColumns(step), ...fieldColumns(step)],
    [`FROM (\n${indent(versions)}\n)`, `WHERE NOT ${GONE}`],
  )
}

/** One input of a union, with the columns that order the union's rows. */
function spansOfInput(step: Step, place: number): string {
  const order = orderNames(step).map((name) => aliased(unionColumn(step, place, name), name))
  return selectText(['"_since"', '"_until"', ...order, ...fieldColumns(step)], [`FROM (\n${indent(printSpans(step.inputs[place]))}\n)`])
}

/** The first rows of each group, anew with each change in it. */
function spansOfFirst(step: Step, node: TopNNode): string {
  const [input] = step.inputs
  const groups = node.per.map((_, i) => identifier(keyName(i)))
  const until = `lead("_at") OVER (${overText(groups, ['"_at"'])})`
  const changes = selectText(['*', aliased(until, '_next')], [`FROM (\n${indent(changesOf(node.per))}\n)`])
  const rank = `row_number() OVER (${overText(['"_at"', ...groups], rankOrder(node, input))})`
  const ranked = selectText(
    ['"_at"', '"_next"', ...orderColumns(input), ...fieldColumns(input), aliased(rank, '_rank')],
    [`FROM (\n${indent(changes)}\n)`, `JOIN "_spans" ON ${isCurrent(node.per)}`],
  )
  const first = selectText(
    [
      aliased('"_at"', '_since'),
      aliased('"_next"', '_until'),
      ...orderColumns(step),
      ...fieldColumns(input),
      ...(node.rank === undefined ? [] : [aliased('"_rank"', node.rank)]),
    ],
    [`FROM (\n${indent(ranked)}\n)`, `WHERE "_rank" <= ${node.n}`],
  )
  return withText([{ name: '_spans', sql: printSpans(input) }], first)
}

/** Only unions bring several rows of one arrival. */
function onePerArrival(rows: Step, by: readonly string[]): readonly string[] {
  return rows.checked.tie.positions > 1 ? [`AND ${lastOfArrival(rows, by)}`] : []
}

function lastOfArrival(rows: Step, by: readonly string[]): string {
  return `row_number() OVER (${overText([...by, '"_arrival"'], rowOrder(rows, 'last'))}) = 1`
}
