import type { PlanNode, PlanRunOptions, WindowAggregateNode } from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type PlanCase, prepareCase } from '../case/plan-case.ts'
import { CaseArbitrary } from '../generate/case-arbitrary.ts'
import { seedOr } from './equivalence-suite.ts'
import type { EngineUnderTest } from './find-difference.ts'

const ENGINE_MS_MAX = 15 * 60_000

/** What a window's input and output add up to. */
export interface Balance {
  /** Rows that reach the window. */
  readonly rowsIn: number
  /** Windows that each row lies in: size over step. */
  readonly memberships: number
  /** The sum of the counts of all windows and keys. */
  readonly counted: number
  /** Windows missed, summed over late rows. */
  readonly lateMemberships: number
}

/** The balance of the case's fixed window on an engine, or undefined where the plan has none. */
export async function balanceOf(engine: EngineUnderTest, planCase: PlanCase, options: PlanRunOptions): Promise<Balance | undefined> {
  const { nodes } = planCase.plan
  const place = nodes.findIndex((node) => node.kind === 'window-aggregate')
  const node = nodes[place] as WindowAggregateNode | undefined
  if (node === undefined || node.window.kind === 'all') return undefined
  const upTo = async (kept: readonly PlanNode[]) => {
    const { plan, rows } = prepareCase({
      ...planCase,
      plan: { ...planCase.plan, hash: undefined, nodes: kept, output: kept[kept.length - 1].id },
    })
    return engine.runner.run(plan, rows, options)
  }
  const before = await upTo(nodes.slice(0, place))
  const after = await upTo([...nodes.slice(0, place), { ...node, aggregates: [{ name: 'agg_all', fn: 'count' }] }])
  return {
    rowsIn: before.rows.length,
    memberships: node.window.kind === 'hopping' ? node.window.size_ms / node.window.every_ms : 1,
    counted: after.rows.reduce((sum, row) => sum + Number(row[row.length - 1]), 0),
    lateMemberships: after.late.reduce((sum, entry) => sum + entry.windows_missed, 0),
  }
}

/** Declares a vitest test per engine: no row is lost silently, each counts in or misses every window that it lies in. */
export function describeBalances(options: {
  readonly engines: readonly EngineUnderTest[]
  readonly runs: number
  readonly seed: number
}): void {
  const seed = seedOr(options.seed)
  describe(`balances of ${options.runs} random windows of seed ${seed}`, () => {
    for (const engine of options.engines) {
      test(`${engine.runner.engine} counts or reports each row in each of its windows`, { timeout: ENGINE_MS_MAX }, async () => {
        const property = fc.asyncProperty(new CaseArbitrary({ windowShare: 1 }), async (planCase) => {
          for (const mode of ['as_served', 'exact'] as const) {
            const balance = await balanceOf(engine, planCase, { mode, batchRows: engine.batchRows?.[0], workers: engine.workers?.[0] })
            if (balance === undefined) continue
            expect(balance.counted + balance.lateMemberships).toBe(balance.rowsIn * balance.memberships)
            if (mode === 'exact') expect(balance.lateMemberships).toBe(0)
          }
        })
        await fc.assert(property, { seed, numRuns: options.runs })
      })
    }
  })
}
