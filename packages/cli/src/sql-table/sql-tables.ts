import type { Field } from '@millrace/columnar'
import { closest, MillraceError, type Project, type TableAsset, userError } from '@millrace/core'
import { type Duckdb, emptyTable, type SqlView, sqlFields, sqlReads } from '@millrace/engine-duckdb'
import { tableSpecs } from '../pipeline/table-spec.ts'

/** A table by SQL with what its statement says: what it reads, and its columns. */
export interface SqlTable {
  readonly asset: TableAsset
  /** Names of tables, of the project's streams, views and models and of other tables by SQL. */
  readonly reads: readonly string[]
  readonly fields: readonly Field[]
}

/**
 * The project's tables by SQL, those that others read first.
 *
 * @throws what is wrong with a statement, with the place of its declaration; `project/cycle`
 */
export async function sqlTables(duckdb: Duckdb, project: Project): Promise<readonly SqlTable[]> {
  if (project.tables.length === 0) return []
  const views: SqlView[] = tableSpecs(project).map(({ name, fields }) => ({ name, sql: emptyTable(fields) }))
  const names = [...views, ...project.tables.map(({ name }) => ({ name, sql: '' }))]
  const reads = new Map<TableAsset, readonly string[]>()
  for (const asset of project.tables) reads.set(asset, await placed(asset, () => sqlReads(duckdb, { sql: asset.sql, views: names })))
  const tables: SqlTable[] = []
  for (const asset of inOrder(reads)) {
    const fields = await placed(asset, () => sqlFields(duckdb, { sql: asset.sql, views }))
    checkPartition(asset, fields)
    tables.push({ asset, reads: reads.get(asset) ?? [], fields })
    views.push({ name: asset.name, sql: emptyTable(fields) })
  }
  return tables
}

/** A partitioned table has the column by which it is kept apart. */
function checkPartition({ name, partition, at }: TableAsset, fields: readonly Field[]): void {
  if (partition === undefined) return
  const type = fields.find((field) => field.name === partition.column)?.type
  if (type === 'timestamp' || (type === 'date' && partition.unit === 'day')) return
  throw userError(
    'table/bad-partition',
    `Table \`${name}\` is kept by ${partition.unit}s of \`${partition.column}\`, which is ${type === undefined ? 'no column of its statement' : type}.`,
    {
      asked: partition.column,
      found: fields.filter((field) => field.type === 'timestamp' || field.type === 'date').map((field) => field.name),
      do: "Give a timestamp column of the statement, e.g. `daily({ column: 'day' })`.",
      at,
    },
  )
}

/** Names of the chosen tables: `NAME`, `+NAME` with those that it reads, `NAME+` with those that read it, `all`. */
export function selectTables(tables: readonly SqlTable[], selection: string): ReadonlySet<string> {
  const chosen = new Set<string>()
  for (const part of selection.split(',').map((one) => one.trim())) {
    const name = part.replace(/^\+|\+$/g, '')
    if (name === 'all') for (const { asset } of tables) chosen.add(asset.name)
    else if (!tables.some(({ asset }) => asset.name === name)) throw unknownTable(name, tables)
    chosen.add(name)
    if (part.startsWith('+')) for (const one of reachable(name, (table) => readBy(tables, table))) chosen.add(one)
    if (part.endsWith('+')) for (const one of reachable(name, (table) => readersOf(tables, table))) chosen.add(one)
  }
  return chosen
}

function readBy(tables: readonly SqlTable[], name: string): readonly string[] {
  const read = tables.find(({ asset }) => asset.name === name)?.reads ?? []
  return read.filter((one) => tables.some(({ asset }) => asset.name === one))
}

function readersOf(tables: readonly SqlTable[], name: string): readonly string[] {
  return tables.filter(({ reads }) => reads.includes(name)).map(({ asset }) => asset.name)
}

function reachable(from: string, next: (name: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [from]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    for (const one of next(name)) if (!found.has(one)) waiting.push(one)
    for (const one of next(name)) found.add(one)
  }
  return found
}

function unknownTable(name: string, tables: readonly SqlTable[]): Error {
  const found = tables.map(({ asset }) => asset.name)
  const near = closest(name, found)
  return userError(
    'project/unknown-asset',
    `\`${name}\` is no table by SQL of the project${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    {
      asked: name,
      found,
      do: found.length === 0 ? "Declare one with `table('name', { sql })`." : 'Name one of the tables found, or `all`.',
    },
  )
}

/** Tables so that those that others read come first; refuses circles. */
function inOrder(reads: ReadonlyMap<TableAsset, readonly string[]>): readonly TableAsset[] {
  const done = new Set<TableAsset>()
  const byName = new Map([...reads.keys()].map((asset) => [asset.name, asset]))
  const visit = (asset: TableAsset, path: readonly string[]): void => {
    if (done.has(asset)) return
    if (path.includes(asset.name)) throw circle([...path.slice(path.indexOf(asset.name)), asset.name], asset)
    for (const name of reads.get(asset) ?? []) {
      const read = byName.get(name)
      if (read !== undefined) visit(read, [...path, asset.name])
    }
    done.add(asset)
  }
  for (const asset of reads.keys()) visit(asset, [])
  return [...done]
}

function circle(path: readonly string[], asset: TableAsset): Error {
  return userError('project/cycle', `The tables ${path.join(' → ')} read each other in a circle.`, {
    asked: asset.name,
    found: path,
    do: 'Let one of them read something else.',
    at: asset.at,
  })
}

/** Gives errors of a statement the name and place of its table. */
async function placed<T>(asset: TableAsset, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof MillraceError) || error.family !== 'user') throw error
    throw userError(error.code, `${error.message} (table \`${asset.name}\`)`, { ...error.facts, at: asset.at })
  }
}
