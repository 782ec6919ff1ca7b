import { randomUUID } from 'node:crypto'
import type { TableName } from '@millrace/core'
import { type CommitContext, commitChange } from '../commit/table-commit.ts'
import { currentSchema, defaultSpec, withUpdate } from '../format/table-metadata.ts'
import { partitionSpec, termsOf } from '../partition/partition-by.ts'
import { refuseMoved } from './evolve-schema.ts'

/**
 * Partitions files written from now on by other terms; those that are there stay as they are and are still found by their own
 * (Iceberg spec, "Partition Evolution"). Returns the terms.
 */
export async function repartition(context: CommitContext, name: TableName, terms: readonly string[]): Promise<string[]> {
  const base = await context.reader.load(name)
  const { metadata } = base
  const specs = metadata['partition-specs']
  const specId = Math.max(...specs.map((spec) => spec['spec-id'])) + 1
  const { spec, lastId } = partitionSpec(terms, { schema: currentSchema(metadata), specs, lastId: metadata['last-partition-id'], specId })
  const known = specs.find((one) => JSON.stringify(one.fields) === JSON.stringify(spec.fields))
  return commitChange(context, {
    uuid: randomUUID(),
    base,
    check: (now) => refuseMoved(base, now),
    build: async (table) => {
      const update = {
        'default-spec-id': known?.['spec-id'] ?? specId,
        'last-partition-id': lastId,
        'partition-specs': known === undefined ? [...table.metadata['partition-specs'], spec] : table.metadata['partition-specs'],
      }
      const next = withUpdate(table.metadata, update, table.location)
      return { metadata: next, result: termsOf(defaultSpec(next), next), made: [] }
    },
    files: [],
  })
}
