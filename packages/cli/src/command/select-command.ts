import { randomUUID } from 'node:crypto'
import { userError } from '@millrace/core'
import type { SqlView } from '@millrace/engine-duckdb'
import { note, printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { type ReadContext, type ReadOptions, tableName, withReadContext } from '../scope/open-scope.ts'
import { computeTable } from '../sql-table/compute-table.ts'
import { type SqlTable, selectTables, sqlTables } from '../sql-table/sql-tables.ts'

interface TableFigures {
  readonly rows: number
  readonly reads: readonly string[]
  readonly snapshot: number
  readonly seconds: number
}

/** Computes tables by SQL over what is committed, those that others read first, and prints what each came to. */
export async function selectCommand(options: ReadOptions & { readonly select: string }): Promise<void> {
  const started = performance.now()
  const { project, tables } = await withReadContext(options, async (context) => ({
    project: context.loaded.project.name,
    tables: await computeTables(context, options.select),
  }))
  const document = { run: { id: randomUUID(), project, engine: 'duckdb' }, tables, seconds: secondsSince(started) }
  if (options.json === true) return printJson(document)
  const lines = Object.entries(tables).map(([name, { rows, reads, seconds }]) => [name, rows, reads.join(', '), seconds])
  printText(textTable(['table', 'rows', 'reads', 'seconds'], lines))
}

async function computeTables(context: ReadContext, selection: string): Promise<Readonly<Record<string, TableFigures>>> {
  const tables = await sqlTables(context.duckdb, context.loaded.project)
  const chosen = selectTables(tables, selection)
  const views = new Map(context.tables.map(({ spec, scan }): [string, SqlView] => [spec.name, { name: spec.name, sql: scan.sql }]))
  const figures: Record<string, TableFigures> = {}
  for (const table of tables.filter(({ asset }) => chosen.has(asset.name))) {
    const { name } = table.asset
    const started = performance.now()
    checkPresent(table, views)
    note(`computing ${name}`)
    const { rows, snapshot } = await computeTable(context, table, [...views.values()])
    const scan = await context.lake.pin(tableName(context.scope, name))
    views.set(name, { name, sql: scan.sql })
    figures[name] = { rows, reads: table.reads, snapshot: snapshot.id, seconds: secondsSince(started) }
  }
  return figures
}

function checkPresent({ asset, reads }: SqlTable, views: ReadonlyMap<string, SqlView>): void {
  const missing = reads.find((name) => !views.has(name))
  if (missing === undefined) return
  throw userError('table/not-computed', `Table \`${asset.name}\` reads \`${missing}\`, which holds nothing yet.`, {
    asked: missing,
    found: [...views.keys()],
    do: `Run the project first, or choose \`+${asset.name}\`, which computes what it reads too.`,
    at: asset.at,
  })
}

function secondsSince(started: number): number {
  return Math.round(performance.now() - started) / 1000
}
