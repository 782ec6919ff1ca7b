import type { LookupJoinNode, Step } from '@millrace/core'
import { notNull, whereText } from './accepted-rows.ts'
import { identifier } from './identifier.ts'
import { joinedColumns, LEFT, RIGHT } from './joined-column.ts'
import { indent, selectText } from './select-text.ts'
import { GONE, printVersions } from './version-printer.ts'

/**
 * Left rows with right's current row, which is the last version of its key that came about before the left row arrived. Columns to join on
 * that are no key of the versions are compared with the version found.
 */
export function printLookupJoin(node: LookupJoinNode, step: Step): string {
  const [left, right] = step.inputs
  const on = [...new Set(node.on.map(([, name]) => name))]
  const keys = right.checked.upsert ? (right.checked.upsertKeys ?? on) : on
  const equal = ([a, b]: readonly [string, string]): string => `${LEFT}.${identifier(a)} = ${RIGHT}.${identifier(b)}`
  const matches = node.on.filter(([, name]) => keys.includes(name)).map(equal)
  const found = [`${RIGHT}.${GONE} IS FALSE`, ...node.on.filter(([, name]) => !keys.includes(name)).map(equal)].join(' AND ')
  return selectText(joinedColumns(step, node.how === 'left' ? found : undefined), [
    `FROM ${identifier(left.name)} AS ${LEFT}`,
    `ASOF ${node.how === 'left' ? 'LEFT JOIN' : 'JOIN'} (\n${indent(knownVersions(right, keys))}\n) AS ${RIGHT}`,
    `ON ${[...matches, `${LEFT}."_arrival" > ${RIGHT}."_since"`].join('\n  AND ')}`,
    ...(node.how === 'left' ? [] : [`WHERE ${found}`]),
  ])
}

/** DuckDB would let null keys meet, as in other as-of joins. */
function knownVersions(right: Step, keys: readonly string[]): string {
  const versions = printVersions(right, keys)
  const known = whereText(notNull(right, keys))
  return known.length === 0 ? versions : selectText(['*'], [`FROM (\n${indent(versions)}\n)`, ...known])
}
