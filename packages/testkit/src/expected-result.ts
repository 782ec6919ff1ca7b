import {
  type Aggregate,
  type CheckedNode,
  type CheckedPlan,
  checkPlan,
  type Expr,
  type OverAggregateNode,
  type PlanNode,
  type PlanRunOptions,
  type ProjectNode,
  type StampedRow,
  typeOf,
  type WindowAggregateNode,
} from '@millrace/core'
import { runReference } from '@millrace/reference'
import type { ExpectedResult } from './compare-results.ts'

/** How far a double sum may be off, as a share of the sum of the magnitudes of its terms. */
const SUM_TOLERANCE = 1e-9
/** How far variance and stddev may be off, relative to themselves. */
const SPREAD_TOLERANCE = 1e-9
/** What double arithmetic can lose of the greatest magnitude when distances from a mean are taken. */
const DISTANCE_TOLERANCE = 1e-12

/** How far ln, exp and pow may be off, relative to themselves. */
const REAL_TOLERANCE = 1e-12
const REAL_FUNCTIONS: readonly string[] = ['ln', 'exp', 'pow']

/** How far approx_count_distinct may be off, relative to itself; at least 1. */
const COUNT_TOLERANCE = 0.05
/** How far quantiles may be off, relative to themselves. */
const QUANTILE_TOLERANCE = 0.01

/** Whether engines may compute an aggregate from less than all values. */
function isSketch(fn: string): boolean {
  return fn === 'approx_count_distinct' || fn === 'quantile'
}

/** Whether an expression's result is a double that engines may round differently. */
export function isReal(expr: Expr): boolean {
  return 'fn' in expr && REAL_FUNCTIONS.includes(expr.fn)
}

/** How a column came to be rounded. */
type Inexact = 'real' | 'sum' | 'avg' | 'variance' | 'stddev' | 'approx_count_distinct' | 'quantile'

/** Names of columns in the widened plan that carry magnitudes; no generated or written column is called so. */
const magnitudeName = (name: string): string => `${name}__magnitude`

/** Whether an aggregate's result is a rounded double that engines may round differently. */
export function isInexact(fn: string, argumentType: string | undefined): boolean {
  if (fn === 'variance' || fn === 'stddev' || isSketch(fn)) return true
  return (fn === 'sum' || fn === 'avg') && argumentType === 'double'
}

/** Inexact columns of a node's rows, by name. */
type InexactColumns = ReadonlyMap<string, Inexact>

interface Scope {
  readonly plan: CheckedPlan
  /** Of the nodes that come before, by id. */
  readonly inexact: Map<string, InexactColumns>
}

/**
 * The reference's result with the tolerances of the value rules. Magnitudes are computed by the reference too: the plan is run with
 * one more aggregate beside each inexact one, carried through the nodes behind it.
 */
export function expectedResult(
  plan: CheckedPlan,
  rows: readonly StampedRow[],
  options: Pick<PlanRunOptions, 'mode' | 'functions'>,
): ExpectedResult {
  const scope: Scope = { plan, inexact: new Map() }
  const nodes = plan.nodes.map((checked) => widened(checked, scope))
  const inexact = scope.inexact.get(plan.output.node.id) as InexactColumns
  if (inexact.size === 0) return runReference(plan, rows, options)
  const wide = runReference(checkPlan({ ...plan.plan, hash: undefined, nodes }), rows, options)
  const { fields } = plan.output
  const place = (name: string) => wide.columns.findIndex((column) => column.name === name)
  return {
    columns: fields,
    rows: wide.rows.map((row) => fields.map((field) => row[place(field.name)])),
    late: wide.late,
    dead: wide.dead,
    tolerances: wide.rows.map((row) =>
      fields.map((field) => {
        const kind = inexact.get(field.name)
        return kind === undefined ? 0 : toleranceOf(kind, row[place(field.name)], row[place(magnitudeName(field.name))])
      }),
    ),
  }
}

function toleranceOf(kind: Inexact, value: unknown, magnitude: unknown): number {
  const size = Math.abs(Number(value ?? 0))
  if (kind === 'real') return REAL_TOLERANCE * size
  if (kind === 'approx_count_distinct') return Math.max(1, COUNT_TOLERANCE * size)
  if (kind === 'quantile') return QUANTILE_TOLERANCE * size + Number.MIN_VALUE
  const great = magnitude === null && value === null ? 0 : magnitude === null ? Number.POSITIVE_INFINITY : Number(magnitude)
  if (kind === 'sum' || kind === 'avg') return SUM_TOLERANCE * great
  const distance = DISTANCE_TOLERANCE * great
  return SPREAD_TOLERANCE * size + (kind === 'variance' ? distance * distance : distance)
}

/** The node with magnitudes beside what it rounds or passes on; `scope` learns which of its columns those are. */
function widened({ node, inputs }: CheckedNode, scope: Scope): PlanNode {
  const before = inputs.flatMap((id) => [...(scope.inexact.get(id) as InexactColumns)])
  const { wide, inexact } =
    node.kind === 'window-aggregate' || node.kind === 'over-aggregate'
      ? widenedAggregate(node, scope)
      : node.kind === 'project'
        ? widenedProject(node, new Map(before))
        : { wide: node, inexact: new Map(before) }
  scope.inexact.set(node.id, inexact)
  return wide
}

function widenedProject(node: ProjectNode, before: InexactColumns): { wide: PlanNode; inexact: InexactColumns } {
  const inexact = new Map<string, Inexact>()
  const carried = node.columns.flatMap(({ name, expr }) => {
    if (isReal(expr)) inexact.set(name, 'real')
    const kind = 'col' in expr ? before.get(expr.col) : undefined
    if (kind === undefined || !('col' in expr)) return []
    inexact.set(name, kind)
    return kind === 'real' || isSketch(kind) ? [] : [{ name: magnitudeName(name), expr: { col: magnitudeName(expr.col) } }]
  })
  return { wide: { ...node, columns: [...node.columns, ...carried] }, inexact }
}

function widenedAggregate(node: WindowAggregateNode | OverAggregateNode, { plan }: Scope): { wide: PlanNode; inexact: InexactColumns } {
  const fields = plan.byId.get(node.input)?.fields ?? []
  const inexact = new Map<string, Inexact>()
  const magnitudes = node.aggregates.flatMap((aggregate): Aggregate[] => {
    const [argument] = aggregate.args ?? []
    if (argument === undefined || !isInexact(aggregate.fn, typeOf(argument, fields).type)) return []
    inexact.set(aggregate.name, aggregate.fn as Inexact)
    if (isSketch(aggregate.fn)) return []
    const size: Expr = { fn: 'abs', args: [argument] }
    const fn = aggregate.fn === 'sum' || aggregate.fn === 'avg' ? aggregate.fn : 'max'
    return [{ ...aggregate, name: magnitudeName(aggregate.name), fn, args: [size] }]
  })
  return { wide: { ...node, aggregates: [...node.aggregates, ...magnitudes] }, inexact }
}
