import type { CheckedPlan, EarlyResults, PlanRunner, StampedRow } from '@millrace/core'
import { inNode, inRows, type PlantedBug, whenPlan } from './plant.ts'

/** The step of each window that is given early, and how long the window is, ms. */
function earlySteps({ nodes }: CheckedPlan): readonly { readonly step: number; readonly size: number }[] {
  return nodes.flatMap(({ node }) => {
    if (node.kind !== 'window-aggregate') return []
    const { early_ms: step } = node.window as EarlyResults
    if (step === undefined) return []
    return [{ step, size: 'size_ms' in node.window ? node.window.size_ms : DAY_MS }]
  })
}

const DAY_MS = 86_400_000
const givesEarly = (plan: CheckedPlan): boolean => earlySteps(plan).length > 0
const firstHalf = (rows: readonly StampedRow[]): readonly StampedRow[] => rows.slice(0, Math.ceil(rows.length / 2))

/** What was given of the first half of the rows is not taken back. */
function leavesGiven(runner: PlanRunner): PlanRunner {
  return {
    ...runner,
    run: async (plan, rows, options) => {
      const given = await runner.run(plan, firstHalf(rows), options)
      const result = await runner.run(plan, rows, options)
      const known = new Set(result.rows.map(String))
      return { ...result, rows: [...result.rows, ...given.rows.filter((row) => !known.has(String(row)))] }
    },
  }
}

export const EARLY_BUGS: readonly PlantedBug[] = [
  {
    node: 'window-aggregate',
    kind: 'early',
    name: 'leaves what it gave beside what it gives',
    plant: whenPlan(givesEarly, leavesGiven),
  },
  {
    node: 'window-aggregate',
    kind: 'early',
    name: 'counts what it gave once more',
    plant: whenPlan(
      givesEarly,
      inRows((rows) => [...firstHalf(rows).flatMap((row) => [row, row]), ...rows.slice(firstHalf(rows).length)]),
    ),
  },
  {
    node: 'window-aggregate',
    kind: 'early',
    name: 'refuses rows of a window that it has given',
    plant: whenPlan(
      givesEarly,
      inRows((rows, _, plan) => {
        const ahead = Math.max(...earlySteps(plan).map(({ step, size }) => size - step))
        return rows.map((row) => ({ ...row, watermark: row.watermark + ahead }))
      }),
    ),
  },
  {
    node: 'window-aggregate',
    kind: 'early',
    name: 'ends its windows with their first step',
    plant: inNode('window-aggregate', (node) => {
      const { early_ms: step } = node.window as EarlyResults
      if (step === undefined || node.window.kind !== 'tumbling') return node
      return { ...node, window: { ...node.window, size_ms: step, early_ms: undefined } }
    }),
  },
]
