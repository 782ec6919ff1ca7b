import type { Expr, LiteralExpr, PlanRunner, WindowAggregateNode } from '@millrace/core'
import { isFixed } from '../generate/random-window.ts'
import { inNode, inRows, type PlantedBug } from './plant.ts'
import { EXCHANGE_BUGS, JOIN_BUGS } from './planted-graph-bug.ts'
import { NODE_BUGS } from './planted-node-bug.ts'

/** The engine computes other expressions in one kind of node, at any depth. */
function inExprs(kind: 'filter' | 'project', change: (expr: Expr) => Expr): PlantedBug['plant'] {
  if (kind === 'filter') return inNode('filter', (node) => ({ ...node, where: everywhere(node.where, change) }))
  return inNode('project', (node) => ({
    ...node,
    columns: node.columns.map((column) => ({ ...column, expr: everywhere(column.expr, change) })),
  }))
}

function everywhere(expr: Expr, change: (expr: Expr) => Expr): Expr {
  if ('fn' in expr) return change({ ...expr, args: expr.args.map((arg) => everywhere(arg, change)) })
  if ('cast' in expr) return change({ ...expr, cast: everywhere(expr.cast, change) })
  if ('field' in expr) return change({ ...expr, of: everywhere(expr.of, change) })
  if (!('case' in expr)) return change(expr)
  const pairs = expr.case.map(([when, then]) => [everywhere(when, change), everywhere(then, change)] as const)
  return change({ case: pairs, else: expr.else === undefined ? undefined : everywhere(expr.else, change) })
}

/** One function is taken for another of the same form. */
function taken(names: Readonly<Record<string, string>>): (expr: Expr) => Expr {
  return (expr) => ('fn' in expr && names[expr.fn] !== undefined ? { ...expr, fn: names[expr.fn] } : expr)
}

const int = (value: number): LiteralExpr => ({ lit: String(value), type: 'int32' })
const TRUE: LiteralExpr = { lit: 'true', type: 'boolean' }

const FILTER_BUGS: readonly PlantedBug[] = [
  {
    node: 'filter',
    name: 'takes null for true',
    plant: inNode('filter', (node) => ({ ...node, where: { fn: 'coalesce', args: [node.where, TRUE] } })),
  },
  { node: 'filter', name: 'takes gte for gt and lte for lt', plant: inExprs('filter', taken({ gte: 'gt', lte: 'lt' })) },
  { node: 'filter', name: 'takes or for and', plant: inExprs('filter', taken({ and: 'or' })) },
  {
    node: 'filter',
    name: 'loses the first row of a batch',
    plant: inRows((rows, { batchRows = 512 }) => rows.filter((_, i) => i % batchRows !== 0)),
  },
]

/** A bare column that the event time or a key may hang on is left alone. */
const unlessBare = (change: (expr: Expr) => Expr) => (expr: Expr) => ('col' in expr ? expr : change(expr))

const PROJECT_BUGS: readonly PlantedBug[] = [
  {
    node: 'project',
    name: 'takes the last condition of case that is true',
    plant: inExprs('project', (expr) => ('case' in expr ? { ...expr, case: expr.case.toReversed() } : expr)),
  },
  {
    node: 'project',
    name: 'takes the last value of coalesce',
    plant: inExprs('project', (expr) => ('fn' in expr && expr.fn === 'coalesce' ? { ...expr, args: expr.args.toReversed() } : expr)),
  },
  {
    node: 'project',
    name: 'counts substring from 0',
    plant: inExprs(
      'project',
      unlessBare((expr) =>
        'fn' in expr && expr.fn === 'substring' ? { ...expr, args: expr.args.with(1, { fn: 'add', args: [expr.args[1], int(1)] }) } : expr,
      ),
    ),
  },
  {
    node: 'project',
    name: 'rounds quot downwards by one',
    plant: inExprs('project', (expr) => ('fn' in expr && expr.fn === 'quot' ? { fn: 'sub', args: [expr, int(1)] } : expr)),
  },
  {
    node: 'project',
    name: 'keeps the old event time',
    plant: inNode('project', (node) => ({ ...node, columns: node.columns.map((column) => ({ ...column, event_time: undefined })) })),
  },
]

/** The window nodes with other aggregates. */
function inAggregates(
  change: (aggregate: WindowAggregateNode['aggregates'][number]) => WindowAggregateNode['aggregates'][number],
): PlantedBug['plant'] {
  return inNode('window-aggregate', (node) => ({ ...node, aggregates: node.aggregates.map(change) }))
}

const WINDOW_BUGS: readonly PlantedBug[] = [
  {
    node: 'window-aggregate',
    name: 'lets in a row whose window ends at the watermark',
    plant: inRows((rows) => rows.map((row) => ({ ...row, watermark: row.watermark - 1 }))),
  },
  {
    node: 'window-aggregate',
    name: 'judges a batch by its last watermark',
    plant: inRows((rows, { batchRows = 512 }) =>
      rows.map((row, i) => ({ ...row, watermark: rows[Math.min(i - (i % batchRows) + batchRows, rows.length) - 1].watermark })),
    ),
  },
  {
    node: 'window-aggregate',
    name: 'lays its grid a millisecond off',
    plant: inNode('window-aggregate', (node) =>
      isFixed(node.window) ? { ...node, window: { ...node.window, offset_ms: (node.window.offset_ms ?? 0) + 1 } } : node,
    ),
  },
  {
    node: 'window-aggregate',
    name: 'ends its hopping windows a step early',
    plant: inNode('window-aggregate', (node) => {
      if (node.window.kind !== 'hopping' || node.window.size_ms === node.window.every_ms) return node
      return { ...node, window: { ...node.window, size_ms: node.window.size_ms - node.window.every_ms } }
    }),
  },
  { node: 'window-aggregate', name: 'forgets where', plant: inAggregates((aggregate) => ({ ...aggregate, where: undefined })) },
  {
    node: 'window-aggregate',
    name: 'counts nulls',
    plant: inAggregates((aggregate) => (aggregate.fn === 'count' ? { ...aggregate, args: undefined } : aggregate)),
  },
  { node: 'window-aggregate', name: 'forgets max', plant: inAggregates((aggregate) => ({ ...aggregate, max: undefined })) },
  {
    node: 'window-aggregate',
    name: 'drops late rows in exact mode',
    plant: (runner) => ({ ...runner, run: (plan, rows, options) => runner.run(plan, rows, { ...options, mode: 'as_served' }) }),
  },
  { node: 'window-aggregate', name: 'spreads a key over the workers', plant: spreadOverWorkers },
]

/** Each worker computes its share of the rows alone, whatever their keys. */
function spreadOverWorkers(runner: PlanRunner): PlanRunner {
  return {
    ...runner,
    run: async (plan, rows, options) => {
      const workers = options.workers ?? 1
      const shares = Array.from({ length: workers }, (_, worker) => rows.filter((row) => row.arrival % workers === worker))
      const results = await Promise.all(shares.map((share) => runner.run(plan, share, { ...options, workers: 1 })))
      return { columns: results[0].columns, rows: results.flatMap((result) => result.rows), late: results.flatMap((result) => result.late) }
    },
  }
}

/** At least three per node; the suites must find each of them. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...FILTER_BUGS,
  ...PROJECT_BUGS,
  ...WINDOW_BUGS,
  ...EXCHANGE_BUGS,
  ...JOIN_BUGS,
  ...NODE_BUGS,
]
