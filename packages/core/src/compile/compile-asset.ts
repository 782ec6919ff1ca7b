import { userError } from '../error/index.ts'
import { MillraceError } from '../error/millrace-error.ts'
import { SCORE_COLUMNS } from '../graph/model-asset.ts'
import type { Asset } from '../graph/project.ts'
import type { StreamAsset } from '../graph/stream-asset.ts'
import { checkPlan } from '../plan/check-plan.ts'
import { checkSource } from '../plan/check-source.ts'
import type { CheckedPlan } from '../plan/checked-plan.ts'
import type { PlanSource, SourceField } from '../plan/plan.ts'
import { addFeatures } from './compile-features.ts'
import { addJoined } from './compile-joined.ts'
import { addView } from './compile-view.ts'
import { NodeList } from './node-list.ts'

/** Compiles an asset to a checked plan. Errors of the plan carry the place of the asset's declaration. */
export function compileAsset(asset: Asset): CheckedPlan {
  const sources = streamsOf(asset).map(sourceOf)
  try {
    for (const source of sources) checkSource(source)
    const nodes = new NodeList(sources)
    const output = addAsset(asset, nodes)
    return checkPlan({ millrace_plan: 1, sources, nodes: nodes.all, output })
  } catch (error) {
    if (!(error instanceof MillraceError) || asset.at === undefined) throw error
    throw userError(error.code, `${error.message} (asset \`${asset.name}\`)`, { ...error.facts, at: asset.at })
  }
}

/** The streams an asset's records come from, in the order in which they are read. */
export function streamsOf(asset: Asset): readonly StreamAsset[] {
  if (asset.kind === 'stream') return [asset]
  if (asset.kind === 'table') return []
  if (asset.kind === 'view') return [...new Set(asset.inputs.flatMap(streamsOf))]
  return streamsOf(asset.input)
}

/** The stream an asset's records come from; of several the first. */
export function streamOf(asset: Asset): StreamAsset {
  return streamsOf(asset)[0]
}

function addAsset(asset: Asset, nodes: NodeList): string {
  switch (asset.kind) {
    case 'stream':
      return nodes.add({ kind: 'scan', source: asset.name })
    case 'features':
      return addFeatures(asset, nodes)
    case 'joined':
      return addJoined(asset, nodes)
    case 'view':
      return addView(
        asset,
        asset.inputs.map((input) => addAsset(input, nodes)),
        nodes,
      )
    case 'table':
      throw userError('project/no-plan', `Table \`${asset.name}\` is SQL, which has no plan.`, {
        asked: asset.name,
        found: asset.sql,
        do: 'Compute it with `millrace run --select`; its statement is for DuckDB.',
      })
    case 'model':
      return nodes.add({ kind: 'score', input: addSettled(asset, nodes), model: asset.name, columns: SCORE_COLUMNS })
    case 'sink':
      return addSettled(asset, nodes)
    case 'alert':
      return nodes.add({ kind: 'filter', input: addSettled(asset, nodes), where: asset.when })
  }
}
/** Adds the input of what acts on each row once: rows that are corrected later are refused. */
function addSettled(asset: Extract<Asset, { readonly kind: 'model' | 'sink' | 'alert' }>, nodes: NodeList): string {
  const input = addAsset(asset.input, nodes)
  if (!nodes.checked(input).upsert) return input
  throw userError(
    'project/reads-corrected',
    `The ${asset.kind} \`${asset.name}\` acts on each row once, but those of \`${asset.input.name}\` are corrected as more comes in.`,
    {
      asked: asset.input.name,
      found: 'rows that are corrected',
      do: 'Give it a view by windows that end, without early results, of streams whose late policy is `keep` or `drop`; or read the corrected rows with `sql`.',
    },
  )
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
