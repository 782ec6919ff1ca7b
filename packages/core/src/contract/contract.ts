import { userError } from '../error/index.ts'
import { closest } from '../expr/closest.ts'
import { type DeclaredAt, declaredAt } from './declared-at.ts'
import type { FieldType } from './field-type.ts'
import { type PartColumns, VALUE_PARTS } from './value-part.ts'

export type Fields = Readonly<Record<string, FieldType>>

type NameOf<F extends Fields> = Extract<keyof F, string>
/** Names of the timestamp fields. */
export type TimeFieldOf<F extends Fields> = { [K in NameOf<F>]: F[K]['type'] extends 'timestamp' ? K : never }[NameOf<F>]

export interface ContractOptions<F extends Fields> {
  readonly fields: F
  /** The field that says when the thing happened. */
  readonly eventTime: TimeFieldOf<F>
  /** Fields that choose the log partition. */
  readonly key?: NameOf<F> | readonly NameOf<F>[]
  readonly owner?: string
  readonly doc?: string
  /** Whether readers of the old schema can read the new (`backward`), the other way round, or both. */
  readonly compatibility?: 'backward' | 'forward' | 'full' | 'none'
}

/** The schema and promises of records. */
export interface Contract<F extends Fields = Fields> {
  readonly kind: 'contract'
  readonly name: string
  /** The declared fields, each followed by the parts that ingest reads out of it. */
  readonly fields: F
  readonly eventTime: string
  readonly key: readonly string[]
  readonly owner: string | undefined
  readonly doc: string | undefined
  readonly compatibility: 'backward' | 'forward' | 'full' | 'none'
  readonly at: DeclaredAt | undefined
}

/**
 * Declares the schema and promises of records.
 *
 * @example
 * const AccessLog = contract('web.access', { eventTime: 'event_time', key: 'ip',
 *   fields: { event_time: t.timestamp(), ip: t.string(), status: t.int32({ min: 100, max: 599 }) } })
 */
export function contract<const F extends Fields>(name: string, options: ContractOptions<F>): Contract<F & PartColumns<F>> {
  const at = declaredAt()
  const names = Object.keys(options.fields)
  const key = options.key === undefined ? [] : typeof options.key === 'string' ? [options.key] : [...options.key]
  for (const asked of [options.eventTime, ...key]) {
    if (names.includes(asked)) continue
    const near = closest(String(asked), names)
    throw userError(
      'project/unknown-column',
      `Contract \`${name}\` names \`${asked}\`, which is not among its fields${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
      {
        asked,
        found: names,
        do: 'Name one of the fields found.',
        at,
      },
    )
  }
  return {
    kind: 'contract',
    name,
    fields: withParts(name, options.fields, at) as F & PartColumns<F>,
    eventTime: options.eventTime,
    key,
    owner: options.owner,
    doc: options.doc,
    compatibility: options.compatibility ?? 'backward',
    at,
  }
}

/** The fields, each followed by its parts; refuses a part whose name a field has with `project/duplicate-column`. */
function withParts(name: string, fields: Fields, at: DeclaredAt | undefined): Fields {
  const all: Record<string, FieldType> = {}
  for (const [field, type] of Object.entries(fields)) {
    all[field] = type
    for (const [suffix, partType] of Object.entries(type.parts === undefined ? {} : VALUE_PARTS[type.parts.kind])) {
      const part = `${field}_${suffix}`
      if (Object.hasOwn(fields, part)) throw clashingPart(name, { field, part, at })
      all[part] = { type: partType, nullable: true, partOf: field, ...(type.sensitive === undefined ? {} : { sensitive: type.sensitive }) }
    }
  }
  return all
}

function clashingPart(
  name: string,
  { field, part, at }: { readonly field: string; readonly part: string; readonly at: DeclaredAt | undefined },
): Error {
  return userError('project/duplicate-column', `Contract \`${name}\` has \`${part}\` as a field and as a part of \`${field}\`.`, {
    asked: part,
    found: field,
    do: 'Give one of them another name.',
    at,
  })
}
