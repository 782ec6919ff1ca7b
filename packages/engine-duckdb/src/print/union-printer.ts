import type { Step } from '@millrace/core'
import { identifier, textConstant } from './identifier.ts'
import { aliased, atLeastOne, selectText } from './select-text.ts'
import { systemColumns } from './system-column.ts'

/** All rows of the inputs, each with the system columns that the union has. */
export function printUnion(step: Step): string {
  return step.inputs
    .map((input, place) => {
      const kept = systemColumns(step).map((name) => aliased(unionColumn(step, place, name), name))
      const fields = step.checked.fields.map((field) => identifier(field.name))
      return selectText(atLeastOne([...kept, ...fields]), [`FROM ${identifier(input.name)}`])
    })
    .join('\nUNION ALL\n')
}

/** A system column of the union as one of its inputs gives it. */
export function unionColumn({ checked, inputs }: Step, place: number, name: string): string {
  return systemColumn(name, inputs[place], place * (checked.tie.positions / inputs.length))
}

function systemColumn(name: string, input: Step, positionsBefore: number): string {
  const found = systemColumns(input).includes(name)
  if (name === '_position') return found ? `${positionsBefore} + "_position"` : String(positionsBefore)
  if (found) return identifier(name)
  if (name === '_source' && input.checked.source !== undefined) return textConstant(input.checked.source.name)
  return `NULL::${TYPES[name]}`
}

const TYPES: Readonly<Record<string, string>> = {
  _arrival: 'BIGINT',
  _source: 'VARCHAR',
  _watermark: 'TIMESTAMPTZ',
  _event_time: 'TIMESTAMPTZ',
}
