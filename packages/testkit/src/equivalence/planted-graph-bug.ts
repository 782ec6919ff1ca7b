import { type CheckedPlan, type Plan, type PlanNode, type PlanRunner, type StampedRow, WATERMARK_FLOOR, withInputs } from '@millrace/core'
import { valueText } from '../compare-results.ts'
import { inJoin, inNode, inPlan, inRows, type PlantedBug, whenPlan } from './plant.ts'

const hasExchange = ({ nodes }: CheckedPlan): boolean => nodes.some(({ node }) => node.kind === 'exchange')
const joinsStreams = ({ nodes, byId }: CheckedPlan): boolean =>
  nodes.some(({ node, inputs }) => node.kind === 'join' && inputs.some((id) => byId.get(id)?.stamped === true))
const withoutStamps = inRows((rows) => rows.map((row) => ({ ...row, watermark: WATERMARK_FLOOR })))

export const EXCHANGE_BUGS: readonly PlantedBug[] = [
  { node: 'exchange', name: 'loses the stamps', plant: whenPlan(hasExchange, withoutStamps) },
  {
    node: 'exchange',
    name: 'gives the rows of a batch the stamp of the last',
    plant: whenPlan(
      hasExchange,
      inRows((rows, { batchRows = 512 }) =>
        rows.map((row, i) => ({ ...row, watermark: rows[Math.min(i - (i % batchRows) + batchRows, rows.length) - 1].watermark })),
      ),
    ),
  },
  { node: 'exchange', name: 'leaves each row in the partition of its source', plant: whenPlan(hasExchange, bySourceKey) },
  { node: 'exchange', name: 'loses rows with a null key', plant: inPlan(withoutNullKeys) },
]

/** Rows of each key of their source are computed apart. */
function bySourceKey(runner: PlanRunner): PlanRunner {
  return {
    ...runner,
    run: async (plan, rows, options) => {
      const keyOf = ({ source, values }: StampedRow): string => {
        const { key = [], fields } = plan.sources.get(source) as Plan['sources'][number]
        return key.map((name) => valueText(values[fields.findIndex((field) => field.name === name)])).join('|')
      }
      const parts = [...Map.groupBy(rows, keyOf).values()]
      const results = await Promise.all(parts.map((part) => runner.run(plan, part, options)))
      if (results.length === 0) return runner.run(plan, rows, options)
      return { columns: results[0].columns, rows: results.flatMap((result) => result.rows), late: results.flatMap((result) => result.late) }
    },
  }
}

function withoutNullKeys(plan: Plan): Plan {
  const nodes = plan.nodes.flatMap((node): PlanNode[] => {
    if (node.kind !== 'exchange' || node.keys.length === 0) return [node]
    const where = { fn: 'and', args: node.keys.map((key) => ({ fn: 'is_not_null', args: [{ col: key }] })) }
    const id = `${node.id} keys`
    return [
      { id, kind: 'filter', input: node.input, where },
      { ...node, input: id },
    ]
  })
  return { ...plan, nodes }
}

export const JOIN_BUGS: readonly PlantedBug[] = [
  {
    node: 'join',
    name: 'leaves its upper bound out',
    plant: inJoin('interval', (node) => (node.lower_ms < node.upper_ms ? { ...node, upper_ms: node.upper_ms - 1 } : node)),
  },
  {
    node: 'join',
    name: 'looks the other way in time',
    plant: inJoin('interval', (node) => ({ ...node, lower_ms: 0 - node.upper_ms, upper_ms: 0 - node.lower_ms })),
  },
  { node: 'join', name: 'takes left for inner', plant: inNode('join', (node) => ({ ...node, how: 'inner' })) },
  { node: 'join', name: 'takes inner for left', plant: inNode('join', (node) => ({ ...node, how: 'left' })) },
  { node: 'join', name: 'compares its first columns only', plant: inNode('join', (node) => ({ ...node, on: node.on.slice(0, 1) })) },
  { node: 'join', name: 'lets late rows join', plant: whenPlan(joinsStreams, withoutStamps) },
  { node: 'join', name: 'gives a pair the time of its left row', plant: leftTime },
]

/** Nodes behind a join see its rows at the time of the left row, where that is still a column. */
function leftTime(runner: PlanRunner): PlanRunner {
  const planted = (plan: CheckedPlan) =>
    inPlan(({ nodes, ...rest }) => {
      const joins = plan.nodes.filter(({ node }) => node.kind === 'join')
      const timeOf = (id: string) => plan.byId.get(plan.byId.get(id)?.inputs[0] ?? '')?.eventTime
      const projects = joins.flatMap(({ node, fields }): PlanNode[] => {
        const time = timeOf(node.id)
        const columns = fields.map(({ name }) => ({ name, expr: { col: name }, ...(name === time ? { event_time: true } : {}) }))
        return time === undefined ? [] : [{ id: `${node.id} time`, kind: 'project', input: node.id, columns }]
      })
      const instead = (id: string): string => (projects.some((project) => project.id === `${id} time`) ? `${id} time` : id)
      return { ...rest, nodes: [...nodes.map((node) => withInputs(node, instead)), ...projects] }
    })(runner)
  return { ...runner, run: (plan, rows, options) => planted(plan).run(plan, rows, options) }
}
