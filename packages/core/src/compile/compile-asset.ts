import { userError } from '../error/index.ts'
import { MillraceError } from '../error/millrace-error.ts'
import type { AlertAsset } from '../graph/alert-asset.ts'
import type { FeaturesAsset } from '../graph/features-asset.ts'
import type { Asset } from '../graph/project.ts'
import type { StreamAsset } from '../graph/stream-asset.ts'
import { checkPlan } from '../plan/check-plan.ts'
import type { CheckedPlan } from '../plan/checked-plan.ts'
import type { PlanNode, PlanSource, SourceField } from '../plan/plan.ts'

/** Compiles an asset to a checked plan. Errors of the plan carry the place of the asset's declaration. */
export function compileAsset(asset: Asset): CheckedPlan {
  const nodes = nodesOf(asset)
  const source = sourceOf(streamOf(asset))
  try {
    return checkPlan({ millrace_plan: 1, sources: [source], nodes, output: nodes[nodes.length - 1].id })
  } catch (error) {
    if (!(error instanceof MillraceError) || asset.at === undefined) throw error
    throw userError(error.code, `${error.message} (asset \`${asset.name}\`)`, { ...error.facts, at: asset.at })
  }
}

/** The stream an asset's records come from. */
export function streamOf(asset: Asset): StreamAsset {
  return asset.kind === 'stream' ? asset : streamOf(asset.input)
}

function nodesOf(asset: Asset): readonly PlanNode[] {
  switch (asset.kind) {
    case 'stream':
      return [{ id: 'n1', kind: 'scan', source: asset.name }]
    case 'features':
      return featureNodes(asset)
    case 'alert':
      return alertNodes(asset)
  }
}

function featureNodes(asset: FeaturesAsset): readonly PlanNode[] {
  const nodes: PlanNode[] = [...nodesOf(asset.input)]
  if (asset.where !== undefined) nodes.push({ id: `n${nodes.length + 1}`, kind: 'filter', input: `n${nodes.length}`, where: asset.where })
  nodes.push({
    id: `n${nodes.length + 1}`,
    kind: 'window-aggregate',
    input: `n${nodes.length}`,
    keys: asset.entity,
    window: asset.window,
    aggregates: asset.aggregates,
  })
  return nodes
}

function alertNodes(asset: AlertAsset): readonly PlanNode[] {
  const nodes = featureNodes(asset.input)
  return [...nodes, { id: `n${nodes.length + 1}`, kind: 'filter', input: `n${nodes.length}`, where: asset.when }]
}

/** A stream as a plan's source: the contract's types, key and event time. */
export function sourceOf(stream: StreamAsset): PlanSource {
  const { contract } = stream
  const fields = Object.entries(contract.fields).map(
    ([name, field]): SourceField => ({
      name,
      type: field.type,
      ...(field.nullable ? { nullable: true } : {}),
      ...(field.min === undefined ? {} : { min: String(field.min) }),
      ...(field.max === undefined ? {} : { max: String(field.max) }),
    }),
  )
  return {
    name: stream.name,
    event_time: contract.eventTime,
    key: contract.key,
    watermark_delay_ms: stream.watermarkDelayMs,
    late: stream.late,
    fields,
  }
}
