import type { CheckedPlan, PlanNode, StampedRow, WindowAggregateNode } from '@millrace/core'
import { WATERMARK_FLOOR } from '@millrace/core'
import { inFunctions, inJoin, inNode, inPlan, inRows, type PlantedBug, whenPlan } from './plant.ts'
import { EARLY_BUGS } from './planted-early-bug.ts'

const holds =
  (...kinds: readonly PlanNode['kind'][]) =>
  ({ nodes }: CheckedPlan): boolean =>
    nodes.some(({ node }) => kinds.includes(node.kind))
const holdsWindow =
  (kind: WindowAggregateNode['window']['kind']) =>
  ({ nodes }: CheckedPlan): boolean =>
    nodes.some(({ node }) => node.kind === 'window-aggregate' && node.window.kind === kind)
const holdsJoin =
  (type: string) =>
  ({ nodes }: CheckedPlan): boolean =>
    nodes.some(({ node }) => node.kind === 'join' && node.type === type)

const withoutStamps = inRows((rows) => rows.map((row) => ({ ...row, watermark: WATERMARK_FLOOR })))
const withoutLate = inRows((rows, _, plan) => rows.filter((row) => timeOf(plan, row) >= row.watermark))
/** Rows come to the engine in the order of their times, and so do their arrivals. */
const inOrderOfTime = inRows((rows, _, plan) => renumbered(rows, (a, b) => timeOf(plan, a) - timeOf(plan, b)))
/** Of rows of one time the last is taken for the first. */
const tiesReversed = inRows((rows) => renumbered(rows, (a, b) => b.arrival - a.arrival))

function timeOf(plan: CheckedPlan, { source, values }: StampedRow): number {
  const found = plan.sources.get(source)
  return values[found?.fields.findIndex((field) => field.name === found.event_time) ?? 0] as number
}

/** The rows with the arrivals that they would have in another order; stamps stay. */
function renumbered(rows: readonly StampedRow[], order: (a: StampedRow, b: StampedRow) => number): readonly StampedRow[] {
  const arrivals = rows.map((row) => row.arrival)
  return rows
    .toSorted(order)
    .map((row, i) => ({ ...row, arrival: arrivals[i] }))
    .toSorted((a, b) => a.arrival - b.arrival)
}

const OVER_BUGS: readonly PlantedBug[] = [
  {
    node: 'over-aggregate',
    name: 'leaves the far end of its range out',
    plant: inNode('over-aggregate', (node) => (node.range_ms > 0 ? { ...node, range_ms: node.range_ms - 1 } : node)),
  },
  {
    node: 'over-aggregate',
    name: 'sees all of the past',
    plant: inNode('over-aggregate', (node) => ({ ...node, range_ms: 100_000_000_000_000 })),
  },
  {
    node: 'over-aggregate',
    name: 'forgets where',
    plant: inNode('over-aggregate', (node) => ({ ...node, aggregates: node.aggregates.map((one) => ({ ...one, where: undefined })) })),
  },
  { node: 'over-aggregate', name: 'lets late rows in', plant: whenPlan(holds('over-aggregate'), withoutStamps) },
]

const AS_OF_BUGS: readonly PlantedBug[] = [
  { node: 'join', kind: 'as-of', name: 'takes strict for not strict', plant: inJoin('as-of', (node) => ({ ...node, strict: undefined })) },
  { node: 'join', kind: 'as-of', name: 'takes not strict for strict', plant: inJoin('as-of', (node) => ({ ...node, strict: true })) },
  { node: 'join', kind: 'as-of', name: 'finds rows of any age', plant: inJoin('as-of', (node) => ({ ...node, max_age_ms: undefined })) },
  {
    node: 'join',
    kind: 'as-of',
    name: 'leaves the greatest age out',
    plant: inJoin('as-of', (node) =>
      node.max_age_ms === undefined || node.max_age_ms === 0 ? node : { ...node, max_age_ms: node.max_age_ms - 1 },
    ),
  },
  { node: 'join', kind: 'as-of', name: 'finds the first of rows of one time', plant: whenPlan(holdsJoin('as-of'), tiesReversed) },
  { node: 'join', kind: 'as-of', name: 'lets late rows in', plant: whenPlan(holdsJoin('as-of'), withoutStamps) },
]

const LOOKUP_BUGS: readonly PlantedBug[] = [
  {
    node: 'join',
    kind: 'lookup',
    name: 'goes by event time',
    plant: inJoin('lookup', (node) => ({ ...node, type: 'as-of' })),
  },
  { node: 'join', kind: 'lookup', name: 'takes left for inner', plant: inJoin('lookup', (node) => ({ ...node, how: 'inner' })) },
  { node: 'join', kind: 'lookup', name: 'takes inner for left', plant: inJoin('lookup', (node) => ({ ...node, how: 'left' })) },
  { node: 'join', kind: 'lookup', name: 'waits for rows to come in order', plant: whenPlan(holdsJoin('lookup'), inOrderOfTime) },
]

const DEDUPE_BUGS: readonly PlantedBug[] = [
  {
    node: 'dedupe',
    name: 'leaves the far end of its horizon out',
    plant: inNode('dedupe', (node) => (node.horizon_ms > 0 ? { ...node, horizon_ms: node.horizon_ms - 1 } : node)),
  },
  {
    node: 'dedupe',
    name: 'remembers for ever',
    plant: inNode('dedupe', (node) => ({ ...node, horizon_ms: 100_000_000_000_000 })),
  },
  { node: 'dedupe', name: 'keeps the last of rows of one time', plant: whenPlan(holds('dedupe'), tiesReversed) },
  { node: 'dedupe', name: 'lets late rows in', plant: whenPlan(holds('dedupe'), withoutStamps) },
]

const LATEST_BUGS: readonly PlantedBug[] = [
  { node: 'latest', name: 'keeps deleted keys', plant: inNode('latest', (node) => ({ ...node, deleted: undefined })) },
  { node: 'latest', name: 'keeps the first of rows of one time', plant: whenPlan(holds('latest'), tiesReversed) },
  { node: 'latest', name: 'refuses late rows', plant: whenPlan(holds('latest'), withoutLate) },
]

const UNION_BUGS: readonly PlantedBug[] = [
  { node: 'union', name: 'loses its last input', plant: inNode('union', (node) => ({ ...node, inputs: node.inputs.slice(0, -1) })) },
  {
    node: 'union',
    name: 'puts its inputs in another order',
    plant: inNode('union', (node) => ({ ...node, inputs: node.inputs.toReversed() })),
  },
  {
    node: 'union',
    name: 'reads an input once that it names twice',
    plant: inNode('union', (node) => ({ ...node, inputs: [...new Set(node.inputs)] })),
  },
  {
    node: 'union',
    name: 'takes the lower watermark of its sources for both',
    plant: whenPlan(holds('union'), inRows(withLowerWatermark)),
  },
]

const MAP_BUGS: readonly PlantedBug[] = [
  { node: 'map', name: 'gives up the stamps', plant: whenPlan(holds('map'), withoutStamps) },
  {
    node: 'map',
    name: 'drops silently what its function throws at',
    plant: (runner) => ({
      ...runner,
      run: async (plan, rows, options) => {
        const result = await runner.run(plan, rows, options)
        return { ...result, dead: result.dead?.filter(({ reason }) => reason !== 'map/threw') }
      },
    }),
  },
  {
    node: 'map',
    name: 'fills missing columns with nulls',
    plant: inFunctions((call, columns) => (row) => {
      const result = call(row) as Readonly<Record<string, unknown>>
      return { ...Object.fromEntries(columns.map((name) => [name, null])), ...result }
    }),
  },
  {
    node: 'map',
    name: 'calls its function once for rows that follow each other',
    plant: inFunctions((call) => {
      let odd = false
      let last: (() => unknown) | undefined
      return (row) => {
        odd = !odd
        if (odd || last === undefined) last = () => call(row)
        return last()
      }
    }),
  },
]

/** Each row's stamp is at most that of the last row of each other source. */
function withLowerWatermark(rows: readonly StampedRow[], _: unknown, plan: CheckedPlan): readonly StampedRow[] {
  const latest = new Map([...plan.sources.keys()].map((name) => [name, WATERMARK_FLOOR]))
  return rows.map((row) => {
    latest.set(row.source, row.watermark)
    return { ...row, watermark: Math.min(...latest.values()) }
  })
}

const TOP_N_BUGS: readonly PlantedBug[] = [
  { node: 'top-n', name: 'gives one row more', plant: inNode('top-n', (node) => ({ ...node, n: node.n + 1 })) },
  {
    node: 'top-n',
    name: 'takes descending for ascending',
    plant: inNode('top-n', (node) => ({ ...node, order_by: node.order_by.map(([name]) => [name, 'desc'] as const) })),
  },
  {
    node: 'top-n',
    name: 'goes by its first column only',
    plant: inNode('top-n', (node) => ({ ...node, order_by: node.order_by.slice(0, 1) })),
  },
  { node: 'top-n', name: 'goes by no column', plant: inNode('top-n', (node) => ({ ...node, order_by: [] })) },
]

function inWindow<K extends WindowAggregateNode['window']['kind']>(
  kind: K,
  change: (window: Extract<WindowAggregateNode['window'], { kind: K }>) => WindowAggregateNode['window'],
): PlantedBug['plant'] {
  return inNode('window-aggregate', (node) =>
    node.window.kind === kind ? { ...node, window: change(node.window as Extract<WindowAggregateNode['window'], { kind: K }>) } : node,
  )
}

const SESSION_BUGS: readonly PlantedBug[] = [
  {
    node: 'window-aggregate',
    kind: 'session',
    name: 'joins distances below its gap only',
    plant: inWindow('session', (window) => (window.gap_ms > 1 ? { ...window, gap_ms: window.gap_ms - 1 } : window)),
  },
  {
    node: 'window-aggregate',
    kind: 'session',
    name: 'is a tumbling window',
    plant: inWindow('session', ({ gap_ms }) => ({ kind: 'tumbling', size_ms: gap_ms })),
  },
  { node: 'window-aggregate', kind: 'session', name: 'lets late rows in', plant: whenPlan(holdsWindow('session'), withoutStamps) },
]

const CALENDAR_BUGS: readonly PlantedBug[] = [
  {
    node: 'window-aggregate',
    kind: 'calendar',
    name: 'goes by UTC',
    plant: inWindow('calendar', (window) => ({ ...window, zone: 'UTC' })),
  },
  {
    node: 'window-aggregate',
    kind: 'calendar',
    name: 'begins its weeks and months by days',
    plant: inWindow('calendar', (window) => ({ ...window, unit: 'day' })),
  },
  {
    node: 'window-aggregate',
    kind: 'calendar',
    name: 'takes days to be as long as any',
    plant: inWindow('calendar', (window) =>
      window.unit === 'month'
        ? window
        : {
            kind: 'tumbling',
            size_ms: window.unit === 'day' ? 86_400_000 : 604_800_000,
            offset_ms: window.unit === 'day' ? 0 : 345_600_000,
          },
    ),
  },
]

const LATE_BUGS: readonly PlantedBug[] = [
  {
    node: 'scan',
    name: 'does not let late rows correct what is out',
    plant: inPlan((plan) => ({
      ...plan,
      sources: plan.sources.map((source) => (typeof source.late === 'object' ? { ...source, late: { revise: '0ms' } } : source)),
    })),
  },
]

/** Bugs of nodes that only graphs of all kinds hold. */
export const NODE_BUGS: readonly PlantedBug[] = [
  ...OVER_BUGS,
  ...AS_OF_BUGS,
  ...LOOKUP_BUGS,
  ...DEDUPE_BUGS,
  ...LATEST_BUGS,
  ...UNION_BUGS,
  ...MAP_BUGS,
  ...TOP_N_BUGS,
  ...SESSION_BUGS,
  ...CALENDAR_BUGS,
  ...EARLY_BUGS,
  ...LATE_BUGS,
]
