import { closest, userError } from '@millrace/core'
import { type IcebergList, icebergType, isList, isStruct, typeOfIceberg } from '../format/field-type.ts'
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
  const path = step.kind === 'add' ? step.field.name : step.column
  const [column, ...parts] = draft.fields.some(({ name }) => name === path) ? [path] : path.split('.')
  if (parts.length === 0) return applyHere(draft, step, needs)
  const place = placeOf(draft.fields, column)
  const field = draft.fields[place]
  const inner: Needs = { inside: needs.inside, outside: () => needs.outside(column) }
  const { draft: within, type } = applyWithin({ ...draft, taken: [] }, { type: field.type, at: column, parts }, { step, needs: inner })
  return { ...within, taken: draft.taken, fields: draft.fields.with(place, { ...field, type }) }
}

interface NestedPart {
  readonly type: unknown
  /** Where the type stands. */
  readonly at: string
  readonly parts: readonly string[]
}

/** The nested type after a step on one of its parts: `element` of a list, fields of structs by name. */
function applyWithin(
  draft: Draft,
  { type, at, parts: [part, ...rest] }: NestedPart,
  change: { readonly step: SchemaStep; readonly needs: Needs },
): { readonly draft: Draft; readonly type: unknown } {
  if (isList(type)) {
    if (part !== 'element') throw noPart(at, part, ['element'])
    if (rest.length === 0) return widenedElement(draft, type, { ...change, at })
    const within = applyWithin(draft, { type: type.element, at: `${at}.element`, parts: rest }, change)
    return { draft: within.draft, type: { ...type, element: within.type } }
  }
  if (!isStruct(type)) throw noPart(at, part, [])
  const fields = type.fields as readonly SchemaField[]
  if (rest.length === 0) {
    const within = applyHere({ ...draft, fields }, inStruct(change.step, part), change.needs)
    return { draft: within, type: { ...type, fields: within.fields } }
  }
  const place = placeOf(fields, part)
  const within = applyWithin(draft, { type: fields[place].type, at: `${at}.${part}`, parts: rest }, change)
  return { draft: within.draft, type: { ...type, fields: fields.with(place, { ...fields[place], type: within.type }) } }
}

/** A step on a path as one on the last part of it. */
function inStruct(step: SchemaStep, name: string): SchemaStep {
  return step.kind === 'add' ? { ...step, field: { ...step.field, name } } : { ...step, column: name }
}

/** Of what a list holds only the type can change. */
function widenedElement(
  draft: Draft,
  type: IcebergList,
  { step, at }: { readonly step: SchemaStep; readonly at: string },
): { readonly draft: Draft; readonly type: unknown } {
  if (step.kind !== 'widen') throw noPart(at, 'element', [])
  const element = widened({ id: type['element-id'], name: `${at}.element`, required: false, type: type.element }, step.to)
  return { draft, type: { ...type, element } }
}

function noPart(at: string, asked: string, found: readonly string[]): Error {
  return userError('lake/unknown-column', `\`${at}\` has no part \`${asked}\` that could be changed so.`, {
    asked: `${at}.${asked}`,
    found,
    do: 'Name fields of structs, and `element` for what a list holds; elements can only be widened.',
  })
}

function applyHere(draft: Draft, step: SchemaStep, needs: Needs): Draft {
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
  const json: Record<string, string> = field.type === 'json' ? { [id]: 'json' } : {}
  const type = icebergType(field.type, field.name, { next: () => ++lastId, onJson: (part) => Object.assign(json, { [part]: 'json' }) })
  const made: SchemaField = { id, name: field.name, required: false, type }
  return {
    ...draft,
    fields: after === undefined ? [...draft.fields, made] : inserted(draft.fields, made, after),
    lastId,
    types: { ...draft.types, ...json },
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
  const wider = icebergType(to, name, { next: () => 0, onJson: () => {} })
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
  return userError('lake/column-needed', `Column \`${column}\` is the last one and cannot be dropped.`, {
    asked: column,
    found: [column],
    do: 'Add another column first, or drop the table.',
  })
}
