import { existsSync } from 'node:fs'
import { type CheckedPlan, compileAsset, streamsOf, userError } from '@millrace/core'
import { printPlan } from '@millrace/engine-duckdb'
import { printPlan as printFlinkPlan } from '@millrace/engine-flink'
import { printJson, printText } from '../output/print.ts'
import { refuseMapElsewhere } from '../plan-run/unsupported.ts'
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
  const plan = compileAsset(asset)
  refuseMapElsewhere(plan.plan, options.engine)
  const mode = checkMode(options.mode)
  const streams = streamsOf(asset).map(({ name }) => name)
  const { sql, lateSql, deadSql } = await printed(options, { plan, mode, streams, asset: asset.name })
  if (options.json === true)
    printJson({
      asset: asset.name,
      engine: options.engine,
      mode: options.mode,
      plan_hash: plan.plan.hash,
      sql,
      ...(lateSql === undefined ? {} : { late_sql: lateSql }),
      ...(deadSql === undefined ? {} : { dead_letters_sql: deadSql }),
    })
  else printText(sql)
}

interface PrintedSql {
  readonly sql: string
  readonly lateSql: string | undefined
  readonly deadSql?: string
}

interface Explained {
  readonly plan: CheckedPlan
  readonly mode: 'as_served' | 'exact'
  readonly streams: readonly string[]
  readonly asset: string
}

async function printed(options: ExplainOptions, { plan, mode, streams, asset }: Explained): Promise<PrintedSql> {
  if (options.engine === 'duckdb') {
    const tables = await sourceTables(options, streams)
    return printPlan(plan, { mode, sources: (name) => tables.get(name) as string })
  }
  if (options.engine === 'flink') return printFlinkPlan(plan, { mode, sources: (name) => `\`${name}\`` })
  throw userError('engine/unsupported', `Engine \`${options.engine}\` cannot print \`${asset}\` as SQL.`, {
    asked: options.engine,
    found: PRINTING,
    do: `Use \`--engine ${PRINTING.join('` or `--engine ')}\`.`,
    details: { engine: options.engine, operation: 'explain', engines_that_can: PRINTING },
  })
}

const PRINTING: readonly string[] = ['duckdb', 'flink']

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
