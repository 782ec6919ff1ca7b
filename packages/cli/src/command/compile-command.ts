import { type Asset, compileAsset, contentHash, type Project } from '@millrace/core'
import { note, printJson, printText } from '../output/print.ts'
import { loadProject } from '../project/load-project.ts'
import { reservedNameWarnings } from '../project/reserved-names.ts'
import type { SqlTable } from '../sql-table/sql-tables.ts'
import type { CommonOptions } from './common-options.ts'

interface CompileOptions extends CommonOptions {
  readonly asset?: string
}

/** Prints one asset's plan, or of a table by SQL what its statement says; or checks all of them. */
export async function compileCommand(options: CompileOptions): Promise<void> {
  const { project } = await loadProject(options.project)
  const tables = new Map((await describedTables(project)).map((table) => [table.asset.name, tableDocument(table)]))
  if (options.asset !== undefined) {
    const document = tables.get(options.asset) ?? compile(project.asset(options.asset)).plan
    if (options.json === true) printJson(document)
    else printText(JSON.stringify(document, undefined, 2))
    return
  }
  const assets = [...project.assets.values()].map((asset) => ({
    name: asset.name,
    kind: asset.kind,
    hash: tables.get(asset.name)?.hash ?? compile(asset).plan.hash,
  }))
  if (options.json === true) printJson({ project: project.name, assets })
  else for (const asset of assets) printText(`${asset.kind.padEnd(9)} ${asset.name.padEnd(24)} ${asset.hash}`)
}

async function describedTables(project: Project): Promise<readonly SqlTable[]> {
  if (project.tables.length === 0) return []
  const [{ openDuckdb }, { sqlTables }] = await Promise.all([import('@millrace/engine-duckdb'), import('../sql-table/sql-tables.ts')])
  const duckdb = await openDuckdb({ readOnlyBelow: [] })
  try {
    return await sqlTables(duckdb, project)
  } finally {
    duckdb.close()
  }
}

function tableDocument({ asset, reads, fields }: SqlTable): { readonly hash: string } & Readonly<Record<string, unknown>> {
  const content = { sql: asset.sql, reads, fields }
  return { table: asset.name, hash: contentHash(content), ...content }
}

function compile(asset: Asset): ReturnType<typeof compileAsset> {
  const checked = compileAsset(asset)
  for (const warning of reservedNameWarnings(asset.name, checked)) note(`warning: ${warning}`)
  return checked
}
