import type { Plan, PlanSource } from '@millrace/core'
import { GraphBuilder, type GraphKind } from './graph-builder.ts'
import { PlanBuilder } from './plan-builder.ts'
import type { Random } from './random.ts'
import { COLUMN_TYPES, KEY_TYPES, SHORT_NAMES } from './random-value.ts'
import { randomWindow } from './random-window.ts'

/** Which nodes generated plans may have beside filters and projects; all that is left out is not drawn. */
export interface PlanFeatures {
  /** Share of plans that aggregate over windows; 0.8 by default. */
  readonly windowShare?: number
  /** Whether windows of kind `all` are drawn; not by default. */
  readonly all?: boolean
  /** Whether windows over windows are drawn; not by default. */
  readonly cascade?: boolean
  /** Whether rows are moved to other keys, before and behind windows; not by default. */
  readonly exchange?: boolean
  /** Whether interval joins are drawn: of two views of one source, of two sources, of a source with itself; not by default. */
  readonly join?: boolean
  /** Kinds of nodes of which most plans are whole graphs, over up to three sources; none by default. */
  readonly graph?: readonly GraphKind[]
}

/** Most nodes but scans to which a graph is grown; what the last one needs before it comes on top. */
const GRAPH_NODES_MAX = 8

/** A source of one event time `ts1` and one to six more fields, of the given types if any, keyed by up to two of them. */
export function randomSource(random: Random, name: string, like?: readonly string[]): PlanSource {
  const types = like ?? random.list(1, 6, () => random.pick(COLUMN_TYPES))
  const fields = types.map((type, i) => randomField(random, `${SHORT_NAMES[type]}${i + 2}`, type))
  const keys = fields.filter((field) => KEY_TYPES.includes(field.type))
  return {
    name,
    event_time: 'ts1',
    key: random.chance(0.8) ? random.some(keys, random.pick([1, 1, 2])).map((field) => field.name) : undefined,
    watermark_delay_ms: 0,
    late: random.pick(['keep', 'drop']),
    splits: random.chance(0.5) ? random.int(1, 3) : undefined,
    fields: [{ name: 'ts1', type: 'timestamp' }, ...fields],
  }
}

function randomField(random: Random, name: string, type: string): PlanSource['fields'][number] {
  const nullable = random.chance(0.6) ? true : undefined
  return type === 'int32' && random.chance(0.2) ? { name, type, nullable, min: '-1000000', max: '1000000' } : { name, type, nullable }
}

/** A plan over the sources: scan, up to three filters and projects, mostly a window or two joined ones, up to two more filters and projects. */
export function randomPlan(random: Random, sources: readonly PlanSource[], features: PlanFeatures = {}): Plan {
  if (features.graph !== undefined && random.chance(0.9)) return randomGraph(random, sources, features.graph)
  const builder = new PlanBuilder(random, sources.map(uncorrected))
  const withExchange = features.exchange === true
  for (let i = random.pick([0, 0, 1, 1, 2, 3]); i > 0; i--) builder.filterOrProject()
  if (features.join === true && random.chance(0.4)) builder.joinOfStreams(withExchange)
  if (withExchange && random.chance(0.25)) builder.exchange()
  if (random.chance(features.windowShare ?? 0.8)) {
    if (features.join === true && random.chance(0.3)) builder.joinOfWindows()
    else builder.windowAggregate(randomWindow(random, features.all))
    for (let i = random.pick([0, 0, 1, 2]); i > 0; i--) builder.filterOrProject()
    if (withExchange && random.chance(0.25)) builder.exchange()
    if (features.cascade === true && random.chance(0.3)) builder.windowOverWindow()
  }
  return builder.plan()
}

/** Windows may stand over the windows of a chain. */
function uncorrected(source: PlanSource): PlanSource {
  return typeof source.late === 'object' ? { ...source, late: 'keep' } : source
}

function randomGraph(random: Random, sources: readonly PlanSource[], kinds: readonly GraphKind[]): Plan {
  const builder = new GraphBuilder(random, sources, kinds)
  const size = random.int(1, GRAPH_NODES_MAX)
  // What the checker refuses adds nothing, so the tries are counted too.
  for (let tries = 0; tries < 2 * GRAPH_NODES_MAX && builder.size < size; tries++) builder.grow()
  return builder.plan()
}
