import { closest, userError } from '@millrace/core'
import { icebergType, typeOfIceberg } from '../format/field-type.ts'
import { decimalOf } from '../format/single-value.ts'
import type { SchemaField } from '../format/table-metadata.ts'
import type { SchemaStep } from './schema-step.ts'

/** Columns while they are being changed. */
export interface Draft {
  readonly fields: readonly SchemaField[]
  readonly lastId: number
  /** Types by field id that Iceberg's do not tell apart. */
  readonly types: Readonly<Record<string, string>>
  /** Names that columns may not take: partition fields have them. */
  readonly taken: readonly string[]
}

/** What stands in the way of a column's going, inside the table and outside. */
export interface Needs {
  readonly inside: (field: SchemaField) => readonly string[]
  /** By the column's name: whoever reads it by that name loses it when it is renamed, too. */
  readonly outside: (column: string) => readonly string[]
}

/** The columns after one step. @throws `lake/unknown-column`, `lake/column-exists`, `lake/column-needed`, `lake/required-column`, `lake/not-wider` */
export function applyStep(draft: Draft, step: SchemaStep, needs: Needs): Draft {
  if (step.kind === 'add') return added(draft, step)
  const place = placeOf(draft.fields, step.column)
  const field = draft.fields[place]
  const without = draft.fields.toSpliced(place, 1)
  switch (step.kind) {
    case 'drop': {
      refuseNeeded(field.name, 'dropped', [...needs.inside(field), ...needs.outside(field.name)])
      if (without.length === 0) throw lastColumn(field.name)
      return { ...draft, fields: without }
    }
    case 'rename':
      refuseNeeded(field.name, 'renamed', needs.outside(field.name))
      refuseTaken({ ...draft, fields: without }, step.to)
      return { ...draft, fields: draft.fields.with(place, { ...field, name: step.to }) }
    case 'move':
      return { ...draft, fields: inserted(without, field, step.after) }
    case 'relax':
      return { ...draft, fields: draft.fields.with(place, { ...field, required: false }) }
    case 'widen':
      return { ...draft, fields: draft.fields.with(place, { ...field, type: widened(field, step.to) }) }
  }
}

function added(draft: Draft, { field, after }: SchemaStep & { kind: 'add' }): Draft {
  refuseTaken(draft, field.name)
  if (!field.nullable) throw required(field.name)
  let lastId = draft.lastId + 1
  const id = lastId
  const type = icebergType(field.type, field.name, () => ++lastId)
  const made: SchemaField = { id, name: field.name, required: false, type }
  return {
    ...draft,
    fields: after === undefined ? [...draft.fields, made] : inserted(draft.fields, made, after),
    lastId,
    types: field.type === 'json' ? { ...draft.types, [id]: 'json' } : draft.types,
  }
}

function inserted(fields: readonly SchemaField[], field: SchemaField, after: string | null): SchemaField[] {
  return fields.toSpliced(after === null ? 0 : placeOf(fields, after) + 1, 0, field)
}

function placeOf(fields: readonly SchemaField[], column: string): number {
  const place = fields.findIndex(({ name }) => name === column)
  if (place >= 0) return place
  const found = fields.map(({ name }) => name)
  const near = closest(column, found)
  throw userError(
    'lake/unknown-column',
    `The table has no column \`${column}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    {
      asked: column,
      found,
      do: 'Use one of the columns found.',
    },
  )
}

function refuseTaken({ fields, taken }: Draft, name: string): void {
  const found = [...fields.map((field) => field.name), ...taken]
  const same = found.find((one) => one.toLowerCase() === name.toLowerCase())
  if (name.trim() !== '' && same === undefined) return
  const isPartition = same !== undefined && taken.includes(same)
  throw userError(
    'lake/column-exists',
    name.trim() === '' ? 'A column needs a name.' : `The table has a ${isPartition ? 'partition field' : 'column'} \`${same}\` already.`,
    { asked: name, found, do: 'Choose another name.' },
  )
}

/** The wider type, where every value of the old one is a value of it and old files can be read as they are. */
function widened({ name, type }: SchemaField, to: string): unknown {
  const wider = icebergType(to, name, () => 0)
  const [from, into] = [decimalOf(type), decimalOf(wider)]
  const isWider =
    type === wider ||
    (type === 'int' && wider === 'long') ||
    (type === 'float' && wider === 'double') ||
    (from !== undefined && into !== undefined && into.scale === from.scale && into.precision >= from.precision)
  if (isWider) return wider
  throw userError(
    'lake/not-wider',
    `Column \`${name}\` is ${typeOfIceberg(type, name)} and cannot become ${to}: old files hold values that ${to} would not.`,
    {
      asked: to,
      found: typeOfIceberg(type, name),
      do: 'Widen int32 to int64, or a decimal to more digits at the same scale; else add a column and fill it.',
    },
  )
}

function refuseNeeded(column: string, what: 'dropped' | 'renamed', by: readonly string[]): void {
  if (by.length === 0) return
  throw userError(
    'lake/column-needed',
    `Column \`${column}\` cannot be ${what}: ${by.join(', ')} ${by.length === 1 ? 'needs' : 'need'} it.`,
    {
      asked: column,
      found: by,
      do: 'Change what needs the column first.',
    },
  )
}

function required(column: string): Error {
  return userError(
    'lake/required-column',
    `Column \`${column}\` is to be added without nulls, but the rows that are there have no value for it.`,
    {
      asked: `${column} not null`,
      found: 'rows without it',
      do: 'Add it as nullable.',
    },
  )
}

function lastColumn(column: string): Error {
  return userError('lake/column-needed', `Column \`${column}\` is the table's last one and cannot be dropped.`, {
    asked: column,
    found: [column],
    do: 'Add another column first, or drop the table.',
  })
}
