import { userError } from '@millrace/core'
import { digestTable, type TableDigest } from '@millrace/engine-duckdb'
import { printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { type ReadContext, type ReadOptions, type ScopeTable, withReadContext } from '../scope/open-scope.ts'

interface DigestOptions extends ReadOptions {
  readonly asset?: string
}

/** Prints row counts and SHA-256 of the tables' contents. */
export async function digestCommand(options: DigestOptions): Promise<void> {
  const tables = await withReadContext(options, (context) => digests(context, options.asset))
  if (options.json === true) return printJson({ tables })
  printText(
    textTable(
      ['table', 'rows', 'sha256'],
      Object.entries(tables).map(([name, digest]) => [name, digest.rows, digest.sha256]),
    ),
  )
}

async function digests(context: ReadContext, asset: string | undefined): Promise<Record<string, TableDigest>> {
  const result: Record<string, TableDigest> = {}
  for (const table of chosen(context.tables, asset)) {
    const columns = table.spec.fields.filter((field) => !field.name.startsWith('_')).map(({ name, type }) => ({ name, type }))
    result[table.spec.name] = await digestTable(context.duckdb, table.scan.sql, columns)
  }
  return result
}

function chosen(tables: readonly ScopeTable[], asset: string | undefined): readonly ScopeTable[] {
  if (asset === undefined) return tables
  const table = tables.find((one) => one.spec.name === asset)
  if (table !== undefined) return [table]
  const found = tables.map((one) => one.spec.name)
  throw userError('project/unknown-asset', `There is no table \`${asset}\` here.`, {
    asked: asset,
    found,
    do: found.length === 0 ? 'Run the project first.' : 'Name one of the tables found.',
  })
}
