import type { Aggregate } from '@millrace/core'
import { expect, test } from 'vitest'
import { prepareCase } from './case/plan-case.ts'
import { call, col, lit, project, row, type Step, scenario } from './conformance/scenario.ts'
import { expectedResult } from './expected-result.ts'

function tolerances(aggregates: readonly Aggregate[], ...behind: Step[]): readonly (readonly number[])[] | undefined {
  const window: Step = { kind: 'window-aggregate', keys: ['txt1'], window: { kind: 'tumbling', size_ms: 10 }, aggregates }
  const input = [row({ txt1: 'a', num1: 3, int1: 1 }), row({ txt1: 'a', num1: -5, int1: 1 })]
  const { plan, rows } = prepareCase(scenario('', { steps: [window, ...behind], input, rows: [] }))
  return expectedResult(plan, rows, { mode: 'exact' }).tolerances
}

test('a double sum may be off by a share of the sum of magnitudes', () => {
  expect(tolerances([{ name: 'agg1', fn: 'sum', args: [col('num1')] }])).toEqual([[0, 0, 0, 1e-9 * 8]])
})

test('a double average may be off by a share of the mean magnitude', () => {
  expect(tolerances([{ name: 'agg1', fn: 'avg', args: [col('num1')] }])).toEqual([[0, 0, 0, 1e-9 * 4]])
})

test('the magnitude keeps the condition of its aggregate', () => {
  expect(tolerances([{ name: 'agg1', fn: 'sum', args: [col('num1')], where: call('gt', col('num1'), lit(0)) }])).toEqual([
    [0, 0, 0, 1e-9 * 3],
  ])
})

test('integers and values passed on are exact', () => {
  expect(tolerances(['sum', 'avg', 'min', 'count'].map((fn, i) => ({ name: `agg${i}`, fn, args: [col('int1')] })))).toBeUndefined()
})

test('a tolerance follows its column through a project', () => {
  expect(tolerances([{ name: 'agg1', fn: 'sum', args: [col('num1')] }], project('txt1', ['num_total', col('agg1')]))).toEqual([
    [0, 1e-9 * 8],
  ])
})
