import type { Plan, PlanNode, Typed } from 'millrace'
import { SOURCES } from './source.ts'

type Source = keyof typeof SOURCES
type Project = Extract<PlanNode, { kind: 'project' }>
type WindowAggregate = Extract<PlanNode, { kind: 'window-aggregate' }>
type Aggregate = WindowAggregate['aggregates'][number]

/** A query of the benchmark as a plan. */
export interface Query {
  readonly name: string
  /** What it asks, in one line. */
  readonly about: string
  readonly plan: Plan
}

interface QueryText {
  readonly about: string
  /** A scan of each stands under the source's name. */
  readonly sources: readonly Source[]
  /** All other nodes; the last one is the output. */
  readonly nodes: readonly PlanNode[]
}

export function query(name: string, { about, sources, nodes }: QueryText): Query {
  const scans = sources.map((source): PlanNode => ({ id: source, kind: 'scan', source }))
  const plan: Plan = {
    millrace_plan: 1,
    sources: sources.map((source) => SOURCES[source]),
    nodes: [...scans, ...nodes],
    output: nodes[nodes.length - 1].id,
  }
  return { name, about, plan }
}

/** A column as it is, or expressions by name. */
export type Selected = string | Readonly<Record<string, Typed>>

/** Columns of a project: by name as they are, or with an expression for each name. */
export function select(...parts: readonly Selected[]): Project['columns'] {
  return parts.flatMap((part) =>
    typeof part === 'string' ? [{ name: part, expr: { col: part } }] : Object.entries(part).map(([name, { expr }]) => ({ name, expr })),
  )
}

interface AggregateValue {
  readonly fn: string
  readonly args: readonly Typed[]
  readonly where: Typed | undefined
  readonly max: number | undefined
}

/** Aggregates of a node, each under its name. */
export function aggregates(values: Readonly<Record<string, AggregateValue>>): readonly Aggregate[] {
  return Object.entries(values).map(([name, { fn, args, where, max }]) => ({
    name,
    fn,
    args: args.map(({ expr }) => expr),
    ...(where === undefined ? {} : { where: where.expr }),
    ...(max === undefined ? {} : { max }),
  }))
}

/** Rows meet whatever their distance: longer than any series of events, so that a join by key is one of all with all. */
export const EVER_MS = 100 * 366 * 86_400_000
/** No auction lasts longer. */
export const AUCTION_MS_MAX = 86_400_000
