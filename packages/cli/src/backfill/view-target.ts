import { type CheckedPlan, compileAsset, streamsOf, userError } from '@millrace/core'
import { positionTime, readPosition } from '../micro-batch/micro-batch-position.ts'
import type { ComputedAsset } from '../pipeline/view-job.ts'
import { projectFunctions } from '../project/project-functions.ts'
import { hasOwnTime } from '../query/plan-reach.ts'
import { type ReadContext, tableName } from '../scope/open-scope.ts'
import type { BackfillTarget } from './backfill-target.ts'
import { recordsSettled, type Settled, settled } from './settled.ts'
import { settledBefore, sliceColumn, ViewBatch } from './view-batch.ts'

/** A view: a slice of it is its plan over the records in reach of the slice, as they were served. */
export async function viewTarget(context: ReadContext, view: ComputedAsset): Promise<BackfillTarget> {
  const plan = compileAsset(view)
  const spec = context.tables.find((one) => one.spec.name === view.name)?.spec
  if (spec === undefined) throw noTable(context, view)
  refuse(plan, view)
  const { until, arrivalMax, snapshots } = await settledView(context, view, plan)
  const of = { plan, spec, snapshots, arrivalMax, functions: projectFunctions(context.loaded.project) }
  const computedBy = (batch: ViewBatch): BackfillTarget => ({
    name: view.name,
    definition: plan.plan.hash,
    fields: spec.fields,
    time: sliceColumn(plan),
    unitMs: 1,
    partitionBy: [],
    until,
    arrivalMax,
    movable: { plan, snapshots, to: (elsewhere) => computedBy(new ViewBatch(context, { ...of, elsewhere })) },
    compute: (connection, slice, as) => batch.compute(connection, slice, as),
  })
  return computedBy(new ViewBatch(context, of))
}

type SettledView = Pick<BackfillTarget, 'until' | 'arrivalMax'> & Pick<Settled, 'snapshots'>

/** Whether the views of what is followed are computed by a Flink cluster, and not by us. */
function isOnFlink({ scope, loaded }: Pick<ReadContext, 'scope' | 'loaded'>): boolean {
  return scope.id === 'live' && loaded.environments?.[scope.env]?.flink !== undefined
}

/** How far whatever fills the view's table is done with it. */
async function settledView(context: ReadContext, view: ComputedAsset, plan: CheckedPlan): Promise<SettledView> {
  const streams = streamsOf(view).map(({ name }) => name)
  const { stamped } = plan.output
  if (isOnFlink(context)) {
    if (stamped) throw unsupported(view, 'its rows are records that Flink passes on, and how far those are it does not tell')
    const { settledOnFlink } = await import('../flink-backfill/settled-on-flink.ts')
    const { watermark, snapshots } = await settledOnFlink(context, view)
    return { until: settledBefore(plan, watermark), arrivalMax: undefined, snapshots }
  }
  if (view.materialize === undefined || context.scope.id !== 'live') {
    const { watermark, arrivals, snapshots } = await settled(context, view.name, streams)
    if (stamped) return { until: undefined, arrivalMax: arrivals[streams[0]], snapshots }
    return { until: settledBefore(plan, watermark), arrivalMax: undefined, snapshots }
  }
  const current = await context.lake.current(tableName(context.scope, view.name))
  const position = readPosition(current, view.name, plan.plan.hash)?.['0'] ?? 0
  // What a micro-batch has put into the table, the lake had all the records of.
  const { snapshots } = await recordsSettled(context, streams)
  return stamped
    ? { until: undefined, arrivalMax: position - 1, snapshots }
    : { until: positionTime(position), arrivalMax: undefined, snapshots }
}

/** Views whose rows have no lasting place in time. */
function refuse(plan: CheckedPlan, view: ComputedAsset): void {
  const { output } = plan
  const why = output.upsert
    ? 'its rows are corrected as more comes in, and belong to no stretch of time'
    : output.stamped && streamsOf(view).length > 1
      ? 'its rows are records of several streams as they came, and do not say of which'
      : plan.nodes.some(({ node }) => node.kind === 'join' && node.type === 'lookup')
        ? 'a lookup joins what was current when a record came, which is not the same again'
        : hasOwnTime(plan) && !output.stamped
          ? 'its event time is made by the view, so a row of any time may still come'
          : undefined
  if (why !== undefined) throw unsupported(view, why)
}

function unsupported(view: ComputedAsset, why: string): Error {
  return userError('backfill/unsupported', `View \`${view.name}\` cannot be computed by slices: ${why}.`, {
    asked: view.name,
    found: why,
    do: 'Start over with `millrace dev --reset`, or `millrace run --replace`.',
    at: view.at,
  })
}

function noTable({ tables }: ReadContext, view: ComputedAsset): Error {
  return userError('backfill/no-table', `View \`${view.name}\` has no table here yet.`, {
    asked: view.name,
    found: tables.map(({ spec }) => spec.name),
    do: 'Run the project first.',
  })
}
