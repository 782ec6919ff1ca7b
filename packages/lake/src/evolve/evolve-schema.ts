import { randomUUID } from 'node:crypto'
import type { TableField, TableName } from '@millrace/core'
import { changeConflict } from '../commit/conflict.ts'
import { type CommitContext, commitChange } from '../commit/table-commit.ts'
import {
  currentEntry,
  currentSchema,
  defaultSpec,
  type SchemaField,
  specOf,
  type TableMetadata,
  type TableSchema,
  withUpdate,
} from '../format/table-metadata.ts'
import { fieldsOf, TYPES_PROPERTY } from '../format/table-schema.ts'
import { findFiles } from '../live-file.ts'
import type { LoadedTable, TableReader } from '../table-reader.ts'
import { applyStep, type Draft, type Needs } from './apply-step.ts'
import type { SchemaStep } from './schema-step.ts'

export interface EvolveRequest {
  readonly steps: readonly SchemaStep[]
  /** What outside the table needs a column, e.g. views that read it; a column that is needed is neither dropped nor renamed. */
  readonly neededBy?: (column: string) => readonly string[]
}

/**
 * Changes a table's columns without touching a data file: columns are told by field ids, which are never used again (Iceberg spec, "Schema
 * Evolution"). Returns the columns after it.
 * @throws `lake/conflict` when another writer changed the columns meanwhile
 */
export async function evolveSchema(context: CommitContext, name: TableName, request: EvolveRequest): Promise<TableField[]> {
  const base = await context.reader.load(name)
  const needs = await needsOf(context.reader, base, request)
  const before: Draft = {
    fields: currentSchema(base.metadata).fields,
    lastId: base.metadata['last-column-id'],
    types: JSON.parse(base.metadata.properties?.[TYPES_PROPERTY] ?? '{}') as Record<string, string>,
    taken: base.metadata['partition-specs'].flatMap((spec) =>
      spec.fields.filter((field) => field.transform !== 'identity').map((field) => field.name),
    ),
  }
  const draft = request.steps.reduce((at, step) => applyStep(at, step, needs), before)
  return commitChange(context, {
    uuid: randomUUID(),
    base,
    check: (now) => refuseMoved(base, now),
    build: async (table) => {
      const metadata = withUpdate(table.metadata, updateOf(table.metadata, draft), table.location)
      return { metadata, result: fieldsOf(metadata, currentSchema(metadata)), made: [] }
    },
    files: [],
  })
}

function updateOf(metadata: TableMetadata, { fields, lastId, types }: Draft): Partial<TableMetadata> {
  const known = metadata.schemas.find((schema) => JSON.stringify(schema.fields) === JSON.stringify(fields))
  const id = known?.['schema-id'] ?? Math.max(...metadata.schemas.map((schema) => schema['schema-id'])) + 1
  const schema: TableSchema = { ...currentSchema(metadata), 'schema-id': id, fields }
  return {
    'current-schema-id': id,
    'last-column-id': Math.max(lastId, metadata['last-column-id']),
    schemas: known === undefined ? [...metadata.schemas, schema] : metadata.schemas,
    ...(Object.keys(types).length === 0 ? {} : { properties: { ...metadata.properties, [TYPES_PROPERTY]: JSON.stringify(types) } }),
  }
}

export function refuseMoved(base: LoadedTable, now: LoadedTable): void {
  const same = (['current-schema-id', 'last-column-id', 'default-spec-id', 'last-partition-id'] as const).every(
    (key) => base.metadata[key] === now.metadata[key],
  )
  if (!same) throw changeConflict(base, now, 'its columns or its partitioning are others now')
}

interface SortOrder {
  readonly 'order-id': number
  readonly fields: readonly { readonly 'source-id': number }[]
}

/** Who needs a column: partitioning of new files and of those that are there, identifiers, the sort order, and views outside. */
async function needsOf(reader: TableReader, { metadata }: LoadedTable, { neededBy }: EvolveRequest): Promise<Needs> {
  const { files } = await findFiles(reader, metadata, { entry: currentEntry(metadata) })
  const specs = new Set([defaultSpec(metadata)['spec-id'], ...files.map((file) => file.ref.partition_spec_id)])
  const fields = [...specs].flatMap((id) => specOf(metadata, id).fields)
  const identifiers = (currentSchema(metadata) as { readonly 'identifier-field-ids'?: readonly number[] })['identifier-field-ids'] ?? []
  const orders = metadata['sort-orders'] as readonly SortOrder[]
  const sorted = orders.find((order) => order['order-id'] === metadata['default-sort-order-id'])?.fields ?? []
  return {
    inside: ({ id }: SchemaField) => [
      ...new Set(fields.filter((field) => field['source-id'] === id).map((field) => `the partition field \`${field.name}\``)),
      ...(identifiers.includes(id) ? ["the table's identifier"] : []),
      ...(sorted.some((field) => field['source-id'] === id) ? ["the table's sort order"] : []),
    ],
    outside: (column) => (neededBy?.(column) ?? []).map((view) => `\`${view}\``),
  }
}
