import { referenceRunner } from '@millrace/reference'
import { expect, test } from 'vitest'
import { describeEquivalence } from './equivalence-suite.ts'
import { PLANTED_BUGS } from './planted-bug.ts'
import { describePlantedBugs } from './planted-bug-suite.ts'

const engine = { runner: referenceRunner, batchRows: [7], workers: [4] }

const features = { cascade: true, exchange: true, join: true }

describeEquivalence({ engines: [engine], runs: 100, seed: 1, features })
describePlantedBugs(engine, { runs: 600, seed: 1, features })

test('each node has at least three planted bugs', () => {
  for (const node of ['filter', 'project', 'window-aggregate', 'exchange', 'join'])
    expect(PLANTED_BUGS.filter((bug) => bug.node === node).length).toBeGreaterThanOrEqual(3)
})
