import type { Step } from '../lower/lower-plan.ts'
import { STAMP_COLUMNS } from '../run/stamped-record.ts'
import { identifier, textConstant } from './identifier.ts'
import { aliased, atLeastOne, selectText } from './select-text.ts'
import { systemColumns } from './system-column.ts'

const TYPES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(STAMP_COLUMNS),
  _source: 'STRING',
  _watermark_ms: 'BIGINT',
  _time_ms: 'BIGINT',
}

/** All rows of the inputs, each with the system columns that the union has. */
export function printUnion(step: Step): string {
  return step.inputs
    .map((input, place) => {
      const before = place * (step.checked.tie.positions / step.inputs.length)
      const kept = systemColumns(step).map((name) => aliased(systemColumn(name, input, before), name))
      const fields = step.checked.fields.map((field) => identifier(field.name))
      return selectText(atLeastOne([...kept, ...fields]), [`FROM ${identifier(input.name)}`])
    })
    .join('\nUNION ALL\n')
}

function systemColumn(name: string, input: Step, positionsBefore: number): string {
  const found = systemColumns(input).includes(name)
  if (name === '_position') return found ? `${positionsBefore} + \`_position\`` : String(positionsBefore)
  if (found) return identifier(name)
  if (name === '_source' && input.checked.source !== undefined) return `CAST(${textConstant(input.checked.source.name)} AS STRING)`
  return `CAST(NULL AS ${TYPES[name]})`
}
