import { batchFromRows, type Field, type Value } from '@millrace/columnar'
import type { EventLog } from '@millrace/core'
import { type Lake, type LakeOptions, openLake } from '@millrace/lake'
import type { Store } from '@millrace/store'
import { type KeptTable, LakeUpkeep, type LakeUpkeepOptions } from '../../src/pipeline/lake-upkeep.ts'
import { LakeWriter } from '../../src/pipeline/lake-writer.ts'
import type { TableSpec } from '../../src/pipeline/table-spec.ts'

const NAMESPACE = 'dev'
const FIELDS: readonly Field[] = [
  { name: '_op', type: 'int32', nullable: false },
  { name: '_available_at', type: 'timestamp', nullable: false },
  { name: 'num1', type: 'int64', nullable: false },
  { name: 'txt1', type: 'string', nullable: true },
]

/** A topic of rows that are appended, and one of what is said of a few rows that are corrected all the time. */
export const PLAIN: TableSpec = {
  ...{ name: 'plain', kind: 'stream', asset: 'plain', fields: FIELDS.slice(1), time: '_available_at', corrected: false },
}
export const CORRECTED: TableSpec = { ...PLAIN, name: 'corrected', kind: 'view', fields: FIELDS, corrected: true }
export const SPECS: readonly TableSpec[] = [PLAIN, CORRECTED]
export const RULES = { compact: { targetBytes: 128 * 1024 ** 2, filesMin: 4 }, keepSnapshots: 5, keepChangesMs: 0 }
/** Rows that stand in the corrected table. */
export const KEYS = 10

export const nameOf = (spec: TableSpec) => ({ namespace: NAMESPACE, table: spec.name })

export async function openTopics(log: EventLog): Promise<void> {
  for (const { name } of SPECS) await log.openTopic(name, { partitions: 1 })
}

/** Rows from `from` on: each number once in the one topic; in the other it takes back the number that stood at its key. */
export async function appendRows(log: EventLog, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i)
  const plain = numbers.map((n): Value[] => [n, n, `txt${n % 7}`])
  const changes = numbers.flatMap((n): Value[][] => [...(n < KEYS ? [] : [[1, n, n - KEYS, null]]), [n < KEYS ? 0 : 2, n, n, null]])
  await log.transact((transaction) => {
    const stamps = { partition: 0, watermarkAfter: 0, ingestedAt: 0 }
    transaction.append({ topic: PLAIN.name, batch: batchFromRows(PLAIN.fields, plain), ...stamps })
    transaction.append({ topic: CORRECTED.name, batch: batchFromRows(CORRECTED.fields, changes), ...stamps })
  })
}

export async function openWriters(log: EventLog, lake: Lake): Promise<readonly LakeWriter[]> {
  const writers = SPECS.map((spec) => new LakeWriter({ log, lake, table: { spec, name: nameOf(spec), partitions: 1 } }))
  for (const writer of writers) await writer.open()
  return writers
}

export function openLakeOf(store: Store, warehouse: string, options: Partial<LakeOptions> = {}): Promise<Lake> {
  return openLake({ pool: store.pool, catalog: 'millrace', warehouse, ...options })
}

export function upkeepOf(lake: Lake, options: Partial<LakeUpkeepOptions> & { readonly rules?: KeptTable['rules'] } = {}): LakeUpkeep {
  const tables = SPECS.map((spec) => ({ name: nameOf(spec), spec, rules: options.rules ?? RULES }))
  return new LakeUpkeep({ lake, tables, everyMs: 1, snapshotAgeMsMin: 0, onTrouble: () => {}, ...options })
}
