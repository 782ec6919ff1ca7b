import { readFileSync } from 'node:fs'
import type { Plan } from '@millrace/core'
import { referenceRunner } from '@millrace/reference'
import { expect, test } from 'vitest'
import { linesText, type PlanCase } from '../case/plan-case.ts'
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

test('an error of the engine is a difference', async () => {
  const runner = { engine: 'broken', run: () => Promise.reject(new TypeError('broken on purpose')) }
  expect((await findDifference({ runner }, { seed: 1, runs: 1, shrinkMs: 0 }))?.text).toContain('broken on purpose')
})
