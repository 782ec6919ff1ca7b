import type { Field } from '@millrace/columnar'
import { DEAD_LETTER_FIELDS } from '@millrace/connect'
import { compileAsset, type Project, STAMP_FIELDS } from '@millrace/core'
import { lowerPlan } from '@millrace/engine-stream'
import { scoredFields } from '@millrace/ml/serving'

/** A topic of the log and the table that keeps it. */
export interface TableSpec {
  /** Topic and table have one name. */
  readonly name: string
  readonly kind: 'stream' | 'dead-letters' | 'features' | 'late' | 'scores'
  /** The asset it belongs to. */
  readonly asset: string
  readonly fields: readonly Field[]
  /** Timestamp column of the rows' time. */
  readonly time: string | undefined
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
    })
    specs.push({
      name: `${stream.name}__dead_letters`,
      kind: 'dead-letters',
      asset: stream.name,
      fields: DEAD_LETTER_FIELDS,
      time: undefined,
    })
  }
  for (const view of project.features) {
    const plan = lowerPlan(compileAsset(view))
    specs.push({ name: view.name, kind: 'features', asset: view.name, fields: plan.batchFields, time: 'window_start' })
    if (plan.late !== null)
      specs.push({ name: `${view.name}__late`, kind: 'late', asset: view.name, fields: plan.late.fields, time: undefined })
  }
  for (const model of project.models) {
    const { batchFields } = lowerPlan(compileAsset(model.input))
    specs.push({ name: model.name, kind: 'scores', asset: model.name, fields: scoredFields(batchFields), time: 'window_start' })
  }
  return specs
}
