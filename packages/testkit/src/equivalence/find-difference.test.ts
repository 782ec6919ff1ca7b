import { readFileSync } from 'node:fs'
import type { Plan } from '@millrace/core'
import { referenceRunner } from '@millrace/reference'
import { expect, test } from 'vitest'
import { linesText, type PlanCase } from '../case/plan-case.ts'
import { GRAPH_KINDS } from '../generate/graph-builder.ts'
import { differenceOn, findDifference } from './find-difference.ts'
import { PLANTED_BUGS } from './planted-bug.ts'
import { writeReplay } from './replay-file.ts'

const bug = PLANTED_BUGS.find((one) => one.name === 'takes gte for gt and lte for lt')
const spoiled = { runner: bug?.plant(referenceRunner) ?? referenceRunner, batchRows: [7], workers: [1] }

test('a difference is made small and can be replayed from its files', { timeout: 60_000 }, async () => {
  const difference = await findDifference(spoiled, { seed: 1, runs: 1000 })
  expect(difference?.planCase.lines.length).toBeLessThanOrEqual(2)
  expect(difference?.planCase.plan.nodes.length).toBeLessThanOrEqual(3)
  const command = difference === undefined ? '' : writeReplay('reference', difference)
  const [, planFile, rowsFile] = /--plan (\S+) --input (\S+) --engine reference --mode as_served/.exec(command) ?? []
  const lines = readFileSync(rowsFile, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PlanCase['lines'][number])
  const replayed: PlanCase = { plan: JSON.parse(readFileSync(planFile, 'utf8')) as Plan, lines }
  expect(linesText(replayed.lines)).toBe(linesText(difference?.planCase.lines ?? []))
  expect((await differenceOn(spoiled, replayed))?.text).toBe(difference?.text)
})

test.each([
  ['union', 'loses its last input', 1],
  ['dedupe', 'leaves the far end of its horizon out', 2],
  ['top-n', 'goes by no column', 2],
  ['over-aggregate', 'sees all of the past', 2],
] as const)('a graph in which a %s %s is made small', { timeout: 60_000 }, async (node, name, lines) => {
  const planted = PLANTED_BUGS.find((one) => one.node === node && one.name === name)
  const runner = planted?.plant(referenceRunner) ?? referenceRunner
  const difference = await findDifference(
    { runner, batchRows: [7], workers: [1] },
    { seed: 1, runs: 1000, features: { graph: GRAPH_KINDS } },
  )
  const plan = difference?.planCase.plan
  expect(plan?.nodes.map((one) => one.kind)).toContain(node)
  expect(plan?.nodes.length).toBeLessThanOrEqual(4)
  expect(difference?.planCase.lines.filter((line) => line.row !== undefined).length).toBeLessThanOrEqual(lines)
})

test('an error of the engine is a difference', async () => {
  const runner = { engine: 'broken', run: () => Promise.reject(new TypeError('broken on purpose')) }
  expect((await findDifference({ runner }, { seed: 1, runs: 1, shrinkMs: 0 }))?.text).toContain('broken on purpose')
})
