import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { type Batch, batchFromRows, type Field, type Value } from '@millrace/columnar'
import type { TableScan } from '@millrace/core'
import { openStore, type Store } from '@millrace/store'
import { type Lake, type LakeOptions, openLake } from '../src/index.ts'

export const CATALOG = 'millrace'

/** A lake on a fresh state folder with a real PostgreSQL, and a DuckDB that reads what it wrote. */
export interface LakeFixture {
  readonly stateDir: string
  readonly warehouse: string
  readonly store: Store
  readonly lake: Lake
  open(options?: Partial<LakeOptions>): Promise<Lake>
  /** Rows of a scan as JSON values, in the order of its files. */
  read(scan: TableScan, columns?: string): Promise<unknown[][]>
  close(): Promise<void>
}

export async function openFixture(): Promise<LakeFixture> {
  const stateDir = await mkdtemp(join(tmpdir(), 'millrace-lake-'))
  const warehouse = join(stateDir, 'lake')
  const store = await openStore({ stateDir })
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  const lakes: Lake[] = []
  const open = async (options: Partial<LakeOptions> = {}) => {
    const lake = await openLake({ pool: store.pool, catalog: CATALOG, warehouse, ...options })
    lakes.push(lake)
    return lake
  }
  return {
    stateDir,
    warehouse,
    store,
    lake: await open(),
    open,
    async read({ sql }, columns = '*') {
      const result = await connection.runAndReadAll(`SELECT ${columns} FROM ${sql}`)
      return result.getRowsJson() as unknown[][]
    },
    async close() {
      for (const lake of lakes) await lake.close()
      connection.closeSync()
      await store.close()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}

export const DAY_MS = 86_400_000

export const FIELDS: readonly Field[] = [
  { name: 'ts1', type: 'timestamp', nullable: true },
  { name: 'num1', type: 'int64', nullable: false },
  { name: 'txt1', type: 'string', nullable: true },
]

export function batch(rows: readonly (readonly Value[])[], fields: readonly Field[] = FIELDS): Batch {
  return batchFromRows(fields, rows)
}
