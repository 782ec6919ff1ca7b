import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TableName, TableScan } from '@millrace/core'
import { userError } from '@millrace/core'
import type { Duckdb } from '@millrace/engine-duckdb'
import type { Lake } from '@millrace/lake'
import { listInputs, type Store, type StoredInput } from '@millrace/store'
import { type CommonOptions, stateDir } from '../command/common-options.ts'
import { type TableSpec, tableSpecs } from '../pipeline/table-spec.ts'
import { type LoadedProject, loadProject } from '../project/load-project.ts'
import { currentRows } from '../query/current-rows.ts'
import { findInput, findInputByName } from './find-input.ts'
import { CATALOG_NAME, inputScope, liveScope, type Scope, warehouseDir } from './scope.ts'

export interface ReadOptions extends CommonOptions {
  /** A bounded input whose tables are meant. */
  readonly input?: string
}

/** A table of a scope as it is committed now, its rows as they stand; its snapshot is held until the lake is closed. */
export interface ScopeTable {
  readonly spec: TableSpec
  readonly scan: TableScan
}

/** What commands that only read need: the project, the store, the lake, DuckDB and the scope they look at. */
export interface ReadContext {
  readonly loaded: LoadedProject
  readonly store: Store
  readonly lake: Lake
  readonly duckdb: Duckdb
  readonly scope: Scope
  /** The lake's folder, absolute. */
  readonly warehouse: string
  readonly tables: readonly ScopeTable[]
}

const READER_MEMORY_MAX = 768 * 1024 ** 2

/** Opens what a reading command needs, runs it, and leaves everything as it was. */
export async function withReadContext<T>(options: ReadOptions, work: (context: ReadContext) => Promise<T>): Promise<T> {
  const state = stateDir(options)
  const loaded = await loadProject(options.project)
  checkStateDir(state)
  const [{ openStore }, { openLake }, { openDuckdb }] = await Promise.all([
    import('@millrace/store'),
    import('@millrace/lake'),
    import('@millrace/engine-duckdb'),
  ])
  const store = await openStore({ stateDir: state, databaseUrl: options.database })
  try {
    const lake = await openLake({ pool: store.pool, catalog: CATALOG_NAME, warehouse: warehouseDir(state) })
    const duckdb = await openDuckdb({ memoryMax: READER_MEMORY_MAX, tempDir: join(state, 'spill'), readOnlyBelow: [warehouseDir(state)] })
    try {
      const scope = await chooseScope({ store, lake, loaded, options, state })
      const tables = await scopeTables({ lake, loaded, scope })
      return await work({ loaded, store, lake, duckdb, scope, warehouse: resolve(warehouseDir(state)), tables })
    } finally {
      duckdb.close()
      await lake.close()
    }
  } finally {
    await store.close()
  }
}

function checkStateDir(state: string): void {
  if (existsSync(state) && statSync(state).isDirectory()) return
  throw userError('state/not-found', `There is no state folder ${state}.`, {
    asked: state,
    found: 'nothing',
    do: 'Run the project first (`millrace run --input FILE`), or name its state folder with `--state`.',
  })
}

interface Choice {
  readonly store: Store
  readonly lake: Lake
  readonly loaded: LoadedProject
  readonly options: ReadOptions
  readonly state: string
}

/** The named input's scope; without a name the live one, or the last input's when nothing was ever followed. */
async function chooseScope(choice: Choice): Promise<Scope> {
  const { options, state } = choice
  if (options.input !== undefined) return inputScope(state, options.env, (await namedInput(choice, options.input)).id)
  const live = liveScope(state, options.env)
  if ((await choice.lake.tables(live.namespace)).length > 0) return live
  const [last] = await listInputs(choice.store.db, { env: options.env, project: choice.loaded.project.name })
  return last === undefined ? live : inputScope(state, options.env, last.id)
}

async function namedInput(choice: Choice, path: string): Promise<StoredInput> {
  const query = { store: choice.store, env: choice.options.env, project: choice.loaded.project.name, path }
  if (!existsSync(path)) {
    const known = await findInputByName(query)
    if (known !== undefined) return known
  } else {
    const found = await findInput(query)
    if (found.kind !== 'new') return found.input
  }
  const inputs = await listInputs(choice.store.db, query)
  throw userError('input/unknown', `\`${path}\` was not run here.`, {
    asked: path,
    found: inputs.flatMap((input) => input.names),
    do: `Run it: \`millrace run --input ${path}\`.`,
  })
}

async function scopeTables(parts: {
  readonly lake: Lake
  readonly loaded: LoadedProject
  readonly scope: Scope
}): Promise<readonly ScopeTable[]> {
  const present = new Set(await parts.lake.tables(parts.scope.namespace))
  const tables: ScopeTable[] = []
  for (const spec of tableSpecs(parts.loaded.project)) {
    if (!present.has(spec.name)) continue
    const scan = await parts.lake.pin(tableName(parts.scope, spec.name))
    tables.push({ spec, scan: { ...scan, sql: currentRows(spec, scan.sql) } })
  }
  for (const { name } of parts.loaded.project.tables) {
    if (!present.has(name)) continue
    const scan = await parts.lake.pin(tableName(parts.scope, name))
    tables.push({ spec: { name, kind: 'sql', asset: name, fields: scan.fields, time: undefined, corrected: false }, scan })
  }
  return tables
}

export function tableName(scope: Scope, table: string): TableName {
  return { namespace: scope.namespace, table }
}
