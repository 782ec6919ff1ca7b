import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openDuckdb } from '@millrace/engine-duckdb'
import type { Store } from '@millrace/store'

/** Versions of what the embedded parts are made of; null where one could not be asked. */
export interface Versions {
  readonly node: string
  readonly duckdb: string | null
  readonly lmdb: string | null
  readonly postgres: string | null
}

export async function versions(store: Store | undefined): Promise<Versions> {
  return {
    node: process.version,
    duckdb: await duckdbVersion(),
    lmdb: lmdbVersion(),
    postgres: store === undefined ? null : await postgresVersion(store),
  }
}

async function duckdbVersion(): Promise<string> {
  const duckdb = await openDuckdb({ memoryMax: 64 * 1024 ** 2, threads: 1 })
  try {
    return await duckdb.with(async (connection) => String((await connection.runAndReadAll('SELECT version()')).getRows()[0][0]))
  } finally {
    duckdb.close()
  }
}

async function postgresVersion(store: Store): Promise<string | null> {
  const { rows } = await store.pool.query<{ server_version: string }>('SHOW server_version')
  return rows[0]?.server_version ?? null
}

/** The package keeps its package.json to itself: it is looked for above the file that is loaded. */
function lmdbVersion(): string | null {
  try {
    const log = import.meta.resolve('@millrace/log-lmdb')
    for (let folder = dirname(createRequire(log).resolve('lmdb')); folder !== dirname(folder); folder = dirname(folder)) {
      const file = join(folder, 'package.json')
      if (!existsSync(file)) continue
      const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }
      if (name === 'lmdb') return version ?? null
    }
  } catch {
    return null
  }
  return null
}
