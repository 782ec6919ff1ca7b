import { closest, userError } from '@millrace/core'
import type { PartitionField, PartitionSpec, SchemaField, TableMetadata, TableSchema } from '../format/table-metadata.ts'
import { appliesTo, parseTransform, type Transform } from './transform.ts'

/** Partition fields are numbered from 1000 (Iceberg spec); 999 says that a table has had none. */
export const NO_PARTITION_ID = 999
const CALL = /^(\w+)\((?:(\d+), *)?(.+)\)$/
const OFFERED = ['COLUMN', 'day(COLUMN)', 'hour(COLUMN)', 'month(COLUMN)', 'year(COLUMN)', 'bucket(N, COLUMN)', 'truncate(W, COLUMN)']
const SIZE_MAX = 1_000_000

interface ParsedField {
  readonly column: SchemaField
  readonly transform: Transform
}

/**
 * The partition spec of terms like `day(event_time)`, `bucket(16, ip)`, `truncate(4, path)`, `ip`. Fields that an earlier spec of the table
 * had keep their ids.
 * @throws `lake/unknown-partition`
 */
export function partitionSpec(
  terms: readonly string[],
  { schema, specs, lastId, specId }: { schema: TableSchema; specs: readonly PartitionSpec[]; lastId: number; specId: number },
): { readonly spec: PartitionSpec; readonly lastId: number } {
  let last = lastId
  const earlier = specs.flatMap((spec) => spec.fields)
  const fields = terms.map((term): PartitionField => {
    const { column, transform } = parseTerm(term, schema)
    const known = earlier.find((field) => sameField(field, { 'source-id': column.id, transform: transform.text }))
    if (known !== undefined) return known
    return { 'source-id': column.id, 'field-id': ++last, name: fieldName(column.name, transform, schema), transform: transform.text }
  })
  const twice = fields.find((field, place) => fields.findIndex((one) => sameField(one, field)) !== place)
  if (twice !== undefined) throw unknownPartition(terms.join(', '), `it names ${twice.name} twice`, terms)
  return { spec: { 'spec-id': specId, fields }, lastId: last }
}

type FieldSource = Pick<PartitionField, 'source-id' | 'transform'>

function sameField(a: FieldSource, b: FieldSource): boolean {
  return a['source-id'] === b['source-id'] && a.transform === b.transform
}

/** The spec of a table in terms again. */
export function termsOf(spec: PartitionSpec, metadata: Pick<TableMetadata, 'schemas'>): string[] {
  return spec.fields.map((field) => {
    const name = metadata.schemas.toReversed().flatMap((schema) => schema.fields.filter(({ id }) => id === field['source-id']))[0]?.name
    const { kind, width } = parseTransform(field.transform)
    const column = name ?? `column ${field['source-id']}`
    if (kind === 'identity') return column
    return width > 0 ? `${kind}(${width}, ${column})` : `${kind}(${column})`
  })
}

function parseTerm(term: string, schema: TableSchema): ParsedField {
  const whole = schema.fields.find(({ name }) => name === term)
  const call = whole === undefined ? CALL.exec(term.trim()) : null
  const name = call?.[3] ?? term
  const column = whole ?? schema.fields.find((field) => field.name === name)
  if (column === undefined) {
    const names = schema.fields.map((field) => field.name)
    const near = closest(name, names)
    throw unknownPartition(term, `the table has no column \`${name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`, names)
  }
  const transform = transformOf(term, call)
  if (appliesTo(transform, column.type)) return { column, transform }
  const type = typeof column.type === 'string' ? column.type : 'nested'
  throw unknownPartition(term, `${transform.text} does not apply to \`${name}\`, which is ${type}`, OFFERED)
}

function transformOf(term: string, call: RegExpExecArray | null): Transform {
  if (call === null) return parseTransform('identity')
  const [, kind, size] = call
  const isSized = kind === 'bucket' || kind === 'truncate'
  const isKnown = isSized || kind === 'day' || kind === 'hour' || kind === 'month' || kind === 'year'
  const isComplete = isSized ? size !== undefined && Number(size) >= 1 && Number(size) <= SIZE_MAX : size === undefined
  if (!isKnown || !isComplete) throw unknownPartition(term, 'there is no such transform', OFFERED)
  return parseTransform(isSized ? `${kind}[${Number(size)}]` : kind)
}

/** The name that other writers would give the field; another where a column has it. */
function fieldName(column: string, { kind, text }: Transform, schema: TableSchema): string {
  if (kind === 'identity') return column
  const name = `${column}_${kind === 'truncate' ? 'trunc' : kind}`
  return schema.fields.some((field) => field.name === name) ? `${name}_${text.replace(/\W/g, '_')}` : name
}

function unknownPartition(asked: string, why: string, found: readonly string[]): Error {
  return userError('lake/unknown-partition', `The table cannot be partitioned by \`${asked}\`: ${why}${why.endsWith('?') ? '' : '.'}`, {
    asked,
    found,
    do: `Name a column, or one of ${OFFERED.slice(1).join(', ')}.`,
  })
}
