import { existsSync } from 'node:fs'
import { compileAsset, streamsOf, userError } from '@millrace/core'
import { printPlan } from '@millrace/engine-duckdb'
import { printJson, printText } from '../output/print.ts'
import { loadProject } from '../project/load-project.ts'
import { type ReadOptions, withReadContext } from '../scope/open-scope.ts'
import { stateDir } from './common-options.ts'

interface ExplainOptions extends ReadOptions {
  readonly asset: string
  readonly engine: string
  readonly mode: string
}

/** Prints the one SQL statement that computes an asset. */
export async function explainCommand(options: ExplainOptions): Promise<void> {
  const { project } = await loadProject(options.project)
  const asset = project.asset(options.asset)
  if (options.engine !== 'duckdb') {
    throw userError('engine/unsupported', `Engine \`${options.engine}\` cannot print \`${asset.name}\` as SQL.`, {
      asked: options.engine,
      found: ['duckdb'],
      do: 'Use `--engine duckdb`.',
      details: { engine: options.engine, operation: 'explain', engines_that_can: ['duckdb'] },
    })
  }
  const plan = compileAsset(asset)
  const tables = await sourceTables(
    options,
    streamsOf(asset).map(({ name }) => name),
  )
  const { sql, lateSql } = printPlan(plan, { mode: checkMode(options.mode), sources: (name) => tables.get(name) as string })
  if (options.json === true)
    printJson({
      asset: asset.name,
      engine: 'duckdb',
      mode: options.mode,
      plan_hash: plan.plan.hash,
      sql,
      ...(lateSql === undefined ? {} : { late_sql: lateSql }),
    })
  else printText(sql)
}

export function checkMode(mode: string): 'as_served' | 'exact' {
  if (mode === 'as_served' || mode === 'exact') return mode
  throw userError('cli/bad-mode', `\`--mode\` is \`${mode}\`.`, {
    asked: mode,
    found: ['as_served', 'exact'],
    do: 'Write `as_served` or `exact`.',
  })
}

/** The sources' committed files where there are some, else just their names. */
async function sourceTables(options: ExplainOptions, streams: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const names = new Map(streams.map((stream) => [stream, `"${stream}"`]))
  if (!existsSync(stateDir(options))) return names
  return withReadContext(options, async ({ tables }) => {
    for (const { spec, scan } of tables) if (names.has(spec.name)) names.set(spec.name, scan.sql)
    return names
  })
}
