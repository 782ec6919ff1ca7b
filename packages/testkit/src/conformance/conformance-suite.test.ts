import type { PlanRunner } from '@millrace/core'
import { referenceRunner } from '@millrace/reference'
import { expect, test } from 'vitest'
import { CONFORMANCE_SCENARIOS, describeConformance, scenarioDifference } from './conformance-suite.ts'
import { traitsOfPlan } from './plan-trait.ts'

describeConformance(referenceRunner)

test('each area has at least ten scenarios where it is a node of its own', () => {
  for (const about of [
    'filter',
    'project',
    'expressions',
    'window-aggregate, tumbling',
    'window-aggregate, hopping',
    'exchange',
    'join, interval',
    'join, as-of',
    'join, lookup',
    'window-aggregate, session',
    'window-aggregate, calendar',
    'over-aggregate',
    'dedupe',
    'latest',
    'union',
    'top-n',
    'map',
    'early results',
    'chains',
  ]) {
    expect(CONFORMANCE_SCENARIOS[about].length).toBeGreaterThanOrEqual(10)
  }
})

test('each node has a scenario over each hazard', () => {
  const counts = Map.groupBy(CONFORMANCE_SCENARIOS.hazards, ({ name }) => name.slice(name.lastIndexOf(' over ')))
  const kinds = new Set(CONFORMANCE_SCENARIOS.hazards.flatMap(({ plan }) => [...traitsOfPlan(plan)]))
  expect(counts.size).toBe(8)
  const nodes = [
    'filter',
    'project',
    'exchange',
    'window-aggregate',
    'over-aggregate',
    'join',
    'dedupe',
    'latest',
    'union',
    'top-n',
    'map',
    'sink',
  ]
  const windows = ['tumbling', 'hopping', 'session', 'calendar', 'all']
  for (const kind of [...nodes.map((one) => `node ${one}`), ...windows.map((one) => `window ${one}`)]) expect(kinds).toContain(kind)
  for (const type of ['interval', 'as-of', 'lookup']) expect(kinds).toContain(`join ${type}`)
})

test('names are unique', () => {
  const names = Object.values(CONFORMANCE_SCENARIOS)
    .flat()
    .map((scenario) => scenario.name)
  expect(new Set(names).size).toBe(names.length)
})

test('a runner that gives nothing differs from every scenario that expects rows', async () => {
  const silent: PlanRunner = { engine: 'silent', run: async (plan) => ({ columns: plan.output.fields, rows: [], late: [] }) }
  for (const scenario of Object.values(CONFORMANCE_SCENARIOS).flat()) {
    const isEmpty = scenario.rows.length === 0 && scenario.late.length === 0 && (scenario.dead ?? []).length === 0
    expect((await scenarioDifference(silent, scenario)) === undefined).toBe(isEmpty)
  }
})
