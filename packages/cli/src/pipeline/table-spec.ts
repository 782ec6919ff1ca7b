import type { Field } from '@millrace/columnar'
import { DEAD_LETTER_FIELDS } from '@millrace/connect'
import { compileAsset, type Project, STAMP_FIELDS } from '@millrace/core'
import { DEAD_TABLE_FIELDS, deadTopicOf, lateTopicOf, lowerPlan } from '@millrace/engine-stream'
import { scoredFields } from '@millrace/ml/serving'
import type { ComputedAsset } from './view-job.ts'

/** A topic of the log and the table that keeps it. */
export interface TableSpec {
  /** Topic and table have one name. */
  readonly name: string
  readonly kind: 'stream' | 'dead-letters' | 'features' | 'view' | 'late' | 'refused' | 'scores' | 'sql'
  /** The asset it belongs to. */
  readonly asset: string
  readonly fields: readonly Field[]
  /** Timestamp column of the rows' time. */
  readonly time: string | undefined
  /** Whether the table holds what is said of rows that are corrected; readers see them as they stand. */
  readonly corrected: boolean
}

/** Names a topic that holds what a bounded input's closing gives, until the next record comes. */
export function closingTopic(name: string): string {
  return `${name}@closing`
}

/** Every table of a project's data plane. */
export function tableSpecs(project: Project): readonly TableSpec[] {
  const specs: TableSpec[] = []
  for (const stream of project.streams) {
    const { fields } = compileAsset(stream).output
    specs.push({
      name: stream.name,
      kind: 'stream',
      asset: stream.name,
      fields: [...STAMP_FIELDS, ...fields],
      time: stream.contract.eventTime,
      corrected: false,
    })
    specs.push({
      name: `${stream.name}__dead_letters`,
      kind: 'dead-letters',
      asset: stream.name,
      fields: DEAD_LETTER_FIELDS,
      time: undefined,
      corrected: false,
    })
  }
  for (const view of project.computed) specs.push(...viewSpecs(view))
  for (const model of project.models) {
    const { batchFields } = lowerPlan(compileAsset(model.input))
    specs.push({
      name: model.name,
      kind: 'scores',
      asset: model.name,
      fields: scoredFields(batchFields),
      time: 'window_start',
      corrected: false,
    })
  }
  return specs
}

/** The table of a view, that of what it refuses as late, and that of rows for which its maps gave nothing. */
function viewSpecs(view: ComputedAsset): readonly TableSpec[] {
  const checked = compileAsset(view)
  const { batchFields, late, dead } = lowerPlan(checked)
  const { upsert, window, eventTime } = checked.output
  const kind = view.kind === 'view' ? 'view' : 'features'
  const rows: TableSpec = {
    name: view.name,
    kind,
    asset: view.name,
    fields: batchFields,
    time: window?.start ?? eventTime,
    corrected: upsert,
  }
  const beside = { asset: view.name, time: undefined, corrected: false }
  return [
    rows,
    ...(late === null ? [] : [{ ...beside, name: lateTopicOf(view.name), kind: 'late' as const, fields: late.fields }]),
    ...(dead.length === 0 ? [] : [{ ...beside, name: deadTopicOf(view.name), kind: 'refused' as const, fields: DEAD_TABLE_FIELDS }]),
  ]
}
