import {
  type Aggregate,
  type CheckedPlan,
  checkPlan,
  type Expr,
  type PlanNode,
  type PlanRunOptions,
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

interface Inexact {
  readonly name: string
  readonly kind: 'sum' | 'avg' | 'variance' | 'stddev'
}

/** Names of columns in the widened plan that carry magnitudes; no generated or written column is called so. */
const magnitudeName = (name: string): string => `${name}__magnitude`

/** Whether an aggregate's result is a rounded double that engines may round differently. */
export function isInexact(fn: string, argumentType: string | undefined): boolean {
  if (fn === 'variance' || fn === 'stddev') return true
  return (fn === 'sum' || fn === 'avg') && argumentType === 'double'
}

/**
 * The reference's result with the tolerances of the value rules. Magnitudes are computed by the reference too: the plan is run with
 * one more aggregate beside each inexact one, carried through the nodes behind it.
 */
export function expectedResult(plan: CheckedPlan, rows: readonly StampedRow[], options: Pick<PlanRunOptions, 'mode'>): ExpectedResult {
  const inexact = new Map<string, Inexact>()
  const nodes = plan.nodes.map((checked) => widened(checked.node, { plan, inexact }))
  if (inexact.size === 0) return runReference(plan, rows, options)
  const wide = runReference(checkPlan({ ...plan.plan, hash: undefined, nodes }), rows, options)
  const { fields } = plan.output
  const place = (name: string) => wide.columns.findIndex((column) => column.name === name)
  return {
    columns: fields,
    rows: wide.rows.map((row) => fields.map((field) => row[place(field.name)])),
    late: wide.late,
    tolerances: wide.rows.map((row) =>
      fields.map((field) => {
        const magnitude = place(magnitudeName(field.name))
        return magnitude < 0 ? 0 : toleranceOf(inexact.get(field.name) as Inexact, row[place(field.name)], row[magnitude])
      }),
    ),
  }
}

function toleranceOf(inexact: Inexact, value: unknown, magnitude: unknown): number {
  const size = Math.abs(Number(value ?? 0))
  const great = magnitude === null && value === null ? 0 : magnitude === null ? Number.POSITIVE_INFINITY : Number(magnitude)
  if (inexact.kind === 'sum' || inexact.kind === 'avg') return SUM_TOLERANCE * great
  const distance = DISTANCE_TOLERANCE * great
  return SPREAD_TOLERANCE * size + (inexact.kind === 'variance' ? distance * distance : distance)
}

function widened(node: PlanNode, scope: { readonly plan: CheckedPlan; readonly inexact: Map<string, Inexact> }): PlanNode {
  if (node.kind === 'window-aggregate') return widenedAggregate(node, scope)
  if (node.kind !== 'project') return node
  const carried = node.columns.flatMap((column) => {
    const from = 'col' in column.expr ? scope.inexact.get(column.expr.col) : undefined
    if (from === undefined) return []
    scope.inexact.set(column.name, { ...from, name: column.name })
    return [{ name: magnitudeName(column.name), expr: { col: magnitudeName(from.name) } }]
  })
  return { ...node, columns: [...node.columns, ...carried] }
}

function widenedAggregate(
  node: WindowAggregateNode,
  scope: { readonly plan: CheckedPlan; readonly inexact: Map<string, Inexact> },
): PlanNode {
  const fields = scope.plan.byId.get(node.input)?.fields ?? []
  scope.inexact.clear()
  const magnitudes = node.aggregates.flatMap((aggregate): Aggregate[] => {
    const [argument] = aggregate.args ?? []
    if (argument === undefined || !isInexact(aggregate.fn, typeOf(argument, fields).type)) return []
    scope.inexact.set(aggregate.name, { name: aggregate.name, kind: aggregate.fn as Inexact['kind'] })
    const size: Expr = { fn: 'abs', args: [argument] }
    const fn = aggregate.fn === 'sum' || aggregate.fn === 'avg' ? aggregate.fn : 'max'
    return [{ ...aggregate, name: magnitudeName(aggregate.name), fn, args: [size] }]
  })
  return { ...node, aggregates: [...node.aggregates, ...magnitudes] }
}
