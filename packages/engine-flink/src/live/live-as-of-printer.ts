import type { AsOfJoinNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { onTime } from '../print/accepted-rows.ts'
import { equalForm } from '../print/comparable.ts'
import { identifier } from '../print/identifier.ts'
import { LEFT, RIGHT } from '../print/joined-column.ts'
import type { PrintOptions } from '../print/plan-printer.ts'
import { atom } from '../print/printed.ts'
import { descending, tieOrder } from '../print/row-order.ts'
import { aliased, type NamedQuery, nested, plainColumn, selectText } from '../print/select-text.ts'
import { systemColumns, TIME } from '../print/system-column.ts'
import { interval } from './interval-literal.ts'
import { besideWindow, firstOfMoments } from './live-moment.ts'
import { ROWTIME } from './live-step.ts'

/** The time of a right row. */
const SINCE = identifier('_since_ms')

/** Left rows with the latest right row: the last right row of each key and time is a version, which Flink joins as of left's time. */
export function asOfViews(node: AsOfJoinNode, step: Step, options: PrintOptions): readonly NamedQuery[] {
  const [left, right] = step.inputs
  const place = (of: string): string => `${step.name} ${of}`
  const leftRows = selectText(
    [
      '*',
      ...keyColumns(
        node.on.map(([name]) => name),
        left,
      ),
    ],
    [`FROM ${identifier(left.name)}`, ...onTime(left, options)],
  )
  const rows = rightRows(node, right, options)
  const windows = node.strict === true ? afterwards(place('right')) : {}
  const latest = firstOfMoments({ ...rows, ...windows, rows: place('right'), order: tieOrder(right).map(descending) })
  return [
    { name: place('left'), sql: leftRows },
    { name: place('right'), sql: rows.sql },
    { name: place('latest'), sql: latest },
    { name: place('versions'), sql: versionsText(place('latest'), rows) },
    { name: step.name, sql: joinText(node, step, place) },
  ]
}

interface RightRows {
  readonly sql: string
  readonly columns: readonly string[]
  readonly keys: readonly string[]
}

/** Rows that have all keys, since others never meet. */
function rightRows({ on }: AsOfJoinNode, right: Step, options: PrintOptions): RightRows {
  const names = on.map(([, name]) => name)
  const keys = names.map((_, i) => keyName(i))
  const fields = right.checked.fields.map(({ name }) => identifier(name))
  const system = systemColumns(right).map(identifier)
  const found = selectText(
    [...system, ...right.checked.fields.map(plainColumn), aliased(TIME, '_since_ms'), ...keyColumns(names, right)],
    [`FROM ${identifier(right.name)}`, ...onTime(right, options, names)],
  )
  const columns = [...system, ...fields, SINCE, ...keys]
  return { sql: selectText(besideWindow(columns), [`FROM ${nested(found)}`]), columns, keys }
}

function keyName(place: number): string {
  return identifier(`_on${place}`)
}

/** Keys in one form on both sides: a version is found by keys that are its very columns. */
function keyColumns(names: readonly string[], { checked }: Step): readonly string[] {
  return names.map((name, i) => {
    const type = checked.fields.find((field) => field.name === name)?.type ?? 'int64'
    const sql = type === 'int32' ? `CAST(${identifier(name)} AS BIGINT)` : equalForm(atom(identifier(name), type)).sql
    return `${sql} AS ${keyName(i)}`
  })
}

/** Windows of two milliseconds that begin with the row, so that its version is there from the next millisecond on. */
function afterwards(rows: string): { readonly windows: string } {
  const hop = `TABLE(HOP(TABLE ${identifier(rows)}, DESCRIPTOR(${identifier(ROWTIME)}), ${interval(1)}, ${interval(2)}))`
  return { windows: selectText(['*'], [`FROM ${hop}`, `WHERE \`window_start\` = CAST(${identifier(ROWTIME)} AS TIMESTAMP(3))`]) }
}

function versionsText(latest: string, { columns, keys }: RightRows): string {
  const rank = `ROW_NUMBER() OVER (PARTITION BY ${keys.join(', ')} ORDER BY ${identifier(ROWTIME)} DESC)`
  const ranked = selectText([...columns, aliased(rank, '_version')], [`FROM ${identifier(latest)}`])
  return selectText(columns, [`FROM ${nested(ranked)}`, 'WHERE `_version` = 1'])
}

function joinText(node: AsOfJoinNode, step: Step, place: (of: string) => string): string {
  const [left, right] = step.inputs
  const young = node.max_age_ms === undefined ? undefined : `${RIGHT}.${SINCE} >= ${LEFT}.${TIME} - ${node.max_age_ms}`
  const isLeft = node.how === 'left'
  const partner = right.checked.fields.map(({ name }) => {
    const column = `${RIGHT}.${identifier(name)}`
    return young === undefined || !isLeft ? column : aliased(`CASE WHEN ${young} THEN ${column} END`, name)
  })
  const own = [...systemColumns(step), ...left.checked.fields.map(({ name }) => name)].map((name) => `${LEFT}.${identifier(name)}`)
  const meets = node.on.map((_, i) => `${LEFT}.${keyName(i)} = ${RIGHT}.${keyName(i)}`)
  return selectText(
    [...own, ...partner],
    [
      `FROM ${identifier(place('left'))} AS ${LEFT}`,
      `${isLeft ? 'LEFT JOIN' : 'JOIN'} ${identifier(place('versions'))} FOR SYSTEM_TIME AS OF ${LEFT}.${identifier(ROWTIME)} AS ${RIGHT}`,
      `ON ${meets.join('\n  AND ')}`,
      ...(young === undefined || isLeft ? [] : [`WHERE ${young}`]),
    ],
  )
}
