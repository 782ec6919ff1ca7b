import { type BackfillOnFlink, MillraceError, type TimeSlice, userError } from '@millrace/core'
import { checkLakePlan, type LakeCluster } from '@millrace/engine-flink'
import type { BackfillTarget } from '../backfill/backfill-target.ts'
import { note } from '../output/print.ts'
import { environmentOf, type FlinkPlace } from '../project/environment-rules.ts'
import type { ReadContext } from '../scope/open-scope.ts'
import { lakeCluster } from './lake-cluster.ts'
import { largestSlice, type SliceSize } from './slice-size.ts'

export type BackfillEngine = 'duckdb' | 'flink'

/** What computes a backfill. */
export interface EngineChoice {
  /** The cluster; undefined where DuckDB does it. */
  readonly cluster: LakeCluster | undefined
  /** What the largest slice reads, where the choice went by it. */
  readonly largest: SliceSize | null
}

export interface EngineQuestion {
  /** What the command names. */
  readonly asked: string | undefined
  readonly target: BackfillTarget
  readonly slices: readonly TimeSlice[]
}

/**
 * Chooses what computes a backfill: what the command names, else what the environment says. What cannot be computed there is refused before anything
 * is begun, unless the choice went by size: then DuckDB does it.
 *
 * @throws user `backfill/no-flink`, `engine/unsupported`, `environment/not-set`
 */
export async function chooseEngine(context: ReadContext, question: EngineQuestion): Promise<EngineChoice> {
  const { asked, target } = question
  const env = context.scope.env
  const declared = context.loaded.environments?.[env]?.flink
  const rule = asked === 'flink' ? 'always' : asked === 'duckdb' ? 'never' : (declared?.backfill ?? 'never')
  if (rule === 'never') return DUCKDB
  if (declared === undefined) throw noFlink(env)
  const { movable } = target
  if (movable === undefined && asked === 'flink') throw noPlan(target)
  if (movable === undefined) return DUCKDB
  const cluster = lakeCluster(context, environmentOf(context.loaded, env).flink as FlinkPlace)
  if (rule === 'always') {
    checkLakePlan(movable.plan)
    return { cluster, largest: null }
  }
  const largest = await largestSlice(context, movable, question.slices)
  return { cluster: outgrows(largest, rule) && isAble(target) ? cluster : undefined, largest }
}

const DUCKDB: EngineChoice = { cluster: undefined, largest: null }

function outgrows({ rows, bytes }: SliceSize, { rowsMin, bytesMin }: Exclude<BackfillOnFlink, string>): boolean {
  return (rowsMin !== undefined && rows >= rowsMin) || (bytesMin !== undefined && bytes >= bytesMin)
}

function isAble({ name, movable }: BackfillTarget): boolean {
  try {
    if (movable !== undefined) checkLakePlan(movable.plan)
    return true
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'engine/unsupported') throw error
    note(`${name} is computed on DuckDB: ${error.message}`)
    return false
  }
}

function noFlink(env: string): Error {
  return userError('backfill/no-flink', `Environment \`${env}\` has no Flink to compute a backfill on.`, {
    asked: 'flink',
    found: `no \`environments.${env}.flink\``,
    do: 'Name an environment that has one with `--env`, or leave out `--engine`.',
  })
}

function noPlan({ name }: BackfillTarget): Error {
  return userError('engine/unsupported', `Table \`${name}\` is a statement in DuckDB's SQL, which Flink does not run.`, {
    asked: name,
    do: 'Leave out `--engine flink`.',
    details: { engine: 'flink', operation: 'a table by SQL', engines_that_can: ['duckdb'] },
  })
}
