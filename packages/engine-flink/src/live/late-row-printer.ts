import type { PlanNode } from '@millrace/core'
import type { Step } from '../lower/lower-plan.ts'
import { LATE } from '../print/accepted-rows.ts'
import { windowsMissed } from '../print/fixed-window.ts'
import { identifier, textConstant } from '../print/identifier.ts'
import { aliased, nested, plainColumn, selectText } from '../print/select-text.ts'
import { printType } from '../print/type-printer.ts'
import { isTimeOperator } from './live-step.ts'

type Columns = readonly { readonly name: string; readonly type: string }[]

/** Columns of the verdict on a late row. */
const VERDICT: ReadonlySet<string> = new Set(['_late', '_windows_missed', '_node', '_source'])

/** Every refused row as it reached the operator that refused it, with the verdict, in the columns of the table of late rows. */
export function printLateRows(steps: readonly Step[], columns: Columns): string | undefined {
  const refused = steps.flatMap((step) =>
    isTimeOperator(step.checked.node)
      ? step.inputs.filter(({ stamps }) => stamps !== 'none').map((input) => printRefused(step.checked.node, input, columns))
      : [],
  )
  return refused.length === 0 ? undefined : refused.join('\nUNION ALL\n')
}

function printRefused(node: PlanNode, input: Step, columns: Columns): string {
  const { rows, late, missed } = verdict(node, input)
  const verdicts: Readonly<Record<string, string>> = {
    _late: late,
    _windows_missed: `CAST(${missed} AS INT)`,
    _node: textConstant(node.id),
    _source: textConstant(input.checked.source?.name ?? ''),
  }
  const own = new Map(input.checked.fields.map(({ name, type }) => [name, type]))
  const value = ({ name, type }: Columns[number]): string => {
    if (VERDICT.has(name)) return aliased(verdicts[name], name)
    if (name.startsWith('_')) return identifier(name)
    if (own.get(name) === type) return plainColumn({ name, type })
    // Where operators have columns of one name and other types, all but the first carry their node's name.
    const bare = name.endsWith(`_${node.id}`) ? name.slice(0, -node.id.length - 1) : ''
    return aliased(own.get(bare) === type ? identifier(bare) : `CAST(NULL AS ${printType(type)})`, name)
  }
  return selectText(columns.map(value), rows)
}

function verdict(node: PlanNode, input: Step): { readonly rows: readonly string[]; readonly late: string; readonly missed: string } {
  const from = `FROM ${identifier(input.name)}`
  if (node.kind !== 'window-aggregate' || (node.window.kind !== 'tumbling' && node.window.kind !== 'hopping'))
    return { rows: [from, `WHERE ${LATE}`], late: "'all'", missed: '1' }
  const { missed, all } = windowsMissed(node.window)
  const counted = selectText(['*', aliased(missed, '_missed')], [from])
  return {
    rows: [`FROM ${nested(counted)}`, 'WHERE `_missed` > 0'],
    late: `CASE WHEN \`_missed\` = ${all} THEN 'all' ELSE 'some' END`,
    missed: '`_missed`',
  }
}
