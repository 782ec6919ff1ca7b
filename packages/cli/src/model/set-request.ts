import {
  checkPlan,
  compileAsset,
  type FeaturesAsset,
  type FeatureView,
  type IntervalLabels,
  type ModelAsset,
  type PlanNode,
  type StreamAsset,
  sourceOf,
  streamOf,
  userError,
} from '@millrace/core'
import { printPlan } from '@millrace/engine-duckdb'
import type { LabelFile, MomentFile, SetRecords, TrainingSetRequest } from '@millrace/ml'
import type { ReadContext, ScopeTable } from '../scope/open-scope.ts'
import type { ModelLabels } from './label-source.ts'
import { setQuery } from './set-query.ts'

export interface SetOptions {
  readonly labels: ModelLabels
  readonly mode: 'as_served' | 'exact'
  /** Further columns that the set must hold, for a version that is compared. */
  readonly alsoFeatures: readonly string[]
}

const AVAILABLE_AT = '_available_at'

/** What ml needs to build a model's training set from the tables of a scope. */
export function setRequest(context: ReadContext, model: ModelAsset, options: SetOptions): TrainingSetRequest {
  const stream = streamOf(model)
  const view = options.mode === 'exact' ? exactView(context, model) : servedView(context, model)
  const records = namesKey(model) ? undefined : { ...labelledRecords(context, model), stream: stream.name }
  const snapshots = Object.fromEntries(
    [view.table, ...(records === undefined ? [] : [tableOf(context, stream.name, model)])].map(({ spec, scan }) => [
      spec.name,
      scan.snapshot?.id ?? null,
    ]),
  )
  return {
    model: model.name,
    view: {
      name: model.input.name,
      table: view.sql,
      entity: model.entity,
      availableAt: view.availableAt,
      records: records === undefined ? undefined : { table: records.table, time: records.time },
    },
    features: [...new Set([...model.features, ...options.alsoFeatures])],
    labels: setLabels(model, options.labels),
    split: model.split,
    asOf: Date.now(),
    mode: options.mode,
    snapshots,
    query: setQuery(context.duckdb),
  }
}

function setLabels({ label, ages }: ModelAsset, file: ModelLabels): TrainingSetRequest['labels'] {
  if (label.kind === 'moments') {
    const { rowMs: maxAgeMs, featureMs: featureMaxAgeMs } = ages
    return { kind: 'moments', maxAgeMs, featureMaxAgeMs, knownTime: label.knownTime, file: file as MomentFile }
  }
  const { column, keysMin, keysMax, shareMin, knownTime } = label
  return { column, keysMin, keysMax, shareMin, knownTime, file: file as LabelFile }
}

/** Whether labels are matched by the rows' own key. */
function namesKey({ label, entity }: ModelAsset): boolean {
  return label.kind === 'moments' || entity.includes(label.column)
}

interface ViewTable {
  readonly sql: string
  readonly table: ScopeTable
  readonly availableAt: string | undefined
}

/** The view's rows as the stream wrote them. */
function servedView(context: ReadContext, model: ModelAsset): ViewTable {
  const table = tableOf(context, model.input.name, model)
  return { sql: table.scan.sql, table, availableAt: table.scan.fields.some(({ name }) => name === AVAILABLE_AT) ? AVAILABLE_AT : undefined }
}

/** The view computed from the stream's records, late ones included. */
function exactView(context: ReadContext, model: ModelAsset): ViewTable {
  const table = tableOf(context, streamOf(model).name, model)
  const { sql } = printPlan(compileAsset(model.input), { mode: 'exact', sources: () => table.scan.sql })
  return { sql: `(${sql})`, table, availableAt: undefined }
}

/** The records that a view counts, with its key computed as the view computes it, and the column that labels name. */
function labelledRecords(context: ReadContext, model: ModelAsset): SetRecords {
  const base = baseOf(model.input)
  const stream = streamOf(model)
  const { column } = model.label as IntervalLabels
  checkLabelColumn(model, { stream, column })
  const time = stream.contract.eventTime
  const keys = base.keys.length > 0 ? base.keys : base.entity.map((name) => ({ name, expr: { col: name } }))
  const taken = new Set(keys.map(({ name }) => name))
  const nodes: PlanNode[] = [{ id: 'rows', kind: 'scan', source: stream.name }]
  if (base.where !== undefined) nodes.push({ id: 'counted', kind: 'filter', input: 'rows', where: base.where })
  const columns = [
    ...keys,
    ...[...new Set([column, time])].filter((name) => !taken.has(name)).map((name) => ({ name, expr: { col: name } })),
  ]
  nodes.push({ id: 'keyed', kind: 'project', input: nodes[nodes.length - 1].id, columns })
  const plan = checkPlan({ millrace_plan: 1, sources: [sourceOf(stream)], nodes, output: 'keyed' })
  const { sql } = printPlan(plan, { mode: 'exact', sources: () => tableOf(context, stream.name, model).scan.sql })
  return { table: `(${sql})`, time }
}

function baseOf(view: FeatureView): FeaturesAsset {
  return view.kind === 'joined' ? view.base : view
}

function checkLabelColumn(model: ModelAsset, { stream, column }: { readonly stream: StreamAsset; readonly column: string }): void {
  const found = [...model.entity, ...Object.keys(stream.contract.fields)]
  if (found.includes(column)) return
  throw userError('model/unknown-label-column', `The labels of \`${model.name}\` name values of \`${column}\`, which is no column.`, {
    asked: column,
    found,
    do: 'Name a column of the entity or of the stream in `intervals({ column })`.',
    at: model.at,
  })
}

function tableOf(context: ReadContext, name: string, model: ModelAsset): ScopeTable {
  const table = context.tables.find((one) => one.spec.name === name)
  if (table !== undefined) return table
  throw userError('model/no-rows', `There is no table \`${name}\` to train \`${model.name}\` on.`, {
    asked: name,
    found: context.tables.map((one) => one.spec.name),
    do: 'Run the project first: `millrace run --input FILE`.',
  })
}
