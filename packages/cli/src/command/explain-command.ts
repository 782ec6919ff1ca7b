import { existsSync } from 'node:fs'
import { compileAsset, streamOf, userError } from '@millrace/core'
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
  const table = await sourceTable(options, streamOf(asset).name)
  const { sql, lateSql } = printPlan(plan, { mode: checkMode(options.mode), sources: () => table })
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

/** The source's committed files where there are some, else just its name. */
async function sourceTable(options: ExplainOptions, stream: string): Promise<string> {
  if (!existsSync(stateDir(options))) return `"${stream}"`
  return withReadContext(options, async ({ tables }) => tables.find((table) => table.spec.name === stream)?.scan.sql ?? `"${stream}"`)
}
