import { type Kysely, sql } from 'kysely'
import type { StoreSchema } from './schema.ts'

/** A bounded input that was run: what of it is consumed, and what it was called. */
export interface InputRecord {
  /** Id of the input's scope. */
  readonly id: string
  readonly env: string
  readonly project: string
  /** Absolute paths under which it was seen, first seen first. */
  readonly names: readonly string[]
  readonly consumedBytes: number
  /** SHA-256 (hex) of the consumed bytes. */
  readonly prefixSha256: string
  /** Size and SHA-256 of the whole input, once it was read to its end. */
  readonly totalBytes: number | null
  readonly totalSha256: string | null
}

export interface StoredInput extends InputRecord {
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** The inputs of a project in an environment, last used first. */
export async function listInputs(db: Kysely<StoreSchema>, of: { env: string; project: string }): Promise<StoredInput[]> {
  const rows = await db
    .selectFrom('millrace.inputs')
    .selectAll()
    .where('env', '=', of.env)
    .where('project', '=', of.project)
    .orderBy('updated_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    env: row.env,
    project: row.project,
    names: row.names,
    consumedBytes: row.consumed_bytes,
    prefixSha256: row.prefix_sha256,
    totalBytes: row.total_bytes,
    totalSha256: row.total_sha256,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }))
}

/** Writes an input, replacing what was known under its id. */
export async function saveInput(db: Kysely<StoreSchema>, input: InputRecord): Promise<void> {
  const values = {
    env: input.env,
    project: input.project,
    names: JSON.stringify(input.names),
    consumed_bytes: input.consumedBytes,
    prefix_sha256: input.prefixSha256,
    total_bytes: input.totalBytes,
    total_sha256: input.totalSha256,
  }
  await db
    .insertInto('millrace.inputs')
    .values({ id: input.id, ...values })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...values, updated_at: sql`clock_timestamp()` }))
    .execute()
}

/** Forgets an input; false when there was none. */
export async function deleteInput(db: Kysely<StoreSchema>, id: string): Promise<boolean> {
  const result = await db.deleteFrom('millrace.inputs').where('id', '=', id).executeTakeFirst()
  return result.numDeletedRows > 0n
}
