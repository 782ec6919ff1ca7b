import type { AsOfJoinNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { acceptedRows } from './accepted-rows.ts'
import { identifier } from './identifier.ts'
import { joinedColumns, keysMeet, LEFT, RIGHT } from './joined-column.ts'
import type { PrintOptions } from './plan-printer.ts'
import { descending, firstRows, orderColumns } from './row-order.ts'
import { aliased, nested, selectText } from './select-text.ts'
import { TIME } from './system-column.ts'

/** Left rows with the latest right row, which is found once per key and time of left. */
export function printAsOfJoin(node: AsOfJoinNode, step: Step, options: PrintOptions): string {
  const [left, right] = step.inputs
  const asked = node.on.map((_, i) => `_on${i}`)
  const partners = nested(partnersText(node, { left, right, asked, options }), 'r')
  const meets = node.on.map(([name], i) => `${LEFT}.${identifier(name)} = ${RIGHT}.${identifier(asked[i])}`)
  return selectText(joinedColumns(step), [
    `FROM ${acceptedRows(left, options)} AS ${LEFT}`,
    `${node.how === 'left' ? 'LEFT JOIN' : 'JOIN'} ${partners}`,
    `ON ${[...meets, `${LEFT}.${TIME} = ${RIGHT}.\`_as_of\``].join('\n  AND ')}`,
  ])
}

interface Sides {
  readonly left: Step
  readonly right: Step
  /** Names of left's key columns among the partners'. */
  readonly asked: readonly string[]
  readonly options: PrintOptions
}

function partnersText(node: AsOfJoinNode, { left, right, asked, options }: Sides): string {
  const keys = [...new Set(node.on.map(([name]) => name))]
  const moments = `SELECT DISTINCT ${[...keys.map(identifier), TIME].join(', ')} FROM ${acceptedRows(left, options)}`
  const [l, r] = [`${LEFT}.${TIME}`, `${RIGHT}.${TIME}`]
  const found = selectText(
    [
      ...node.on.map(([name], i) => aliased(`${LEFT}.${identifier(name)}`, asked[i])),
      aliased(l, '_as_of'),
      ...orderNames(right).map((name) => `${RIGHT}.${identifier(name)}`),
    ],
    [
      `FROM (${moments}) AS ${LEFT}`,
      `JOIN ${acceptedRows(right, options)} AS ${RIGHT}`,
      `ON ${[
        ...keysMeet(node.on),
        `${r} ${node.strict === true ? '<' : '<='} ${l}`,
        ...(node.max_age_ms === undefined ? [] : [`${r} >= ${l} - ${node.max_age_ms}`]),
      ].join('\n  AND ')}`,
    ],
  )
  return firstRows({
    rows: nested(found),
    partition: [...asked, '_as_of'].map(identifier),
    order: orderColumns(right).map(descending),
    n: 1,
  })
}

/** Right's columns and those that order its rows. */
function orderNames(right: Step): readonly string[] {
  return [...new Set([...orderColumns(right), ...right.checked.fields].map(({ name }) => name))]
}
