import { spillingStreamRunner } from '@millrace/engine-stream'
import { describeConformance, describeEquivalence, GRAPH_KINDS } from '@millrace/testkit'
import { describe } from 'vitest'

/** Everything is put away after every batch. */
const nothingFits = { ...spillingStreamRunner({ budgetBytes: 1 }), engine: 'stream, within a byte' }
const someFits = { ...spillingStreamRunner({ budgetBytes: 100_000 }), engine: 'stream, within 100 kB' }
const replaced = { ...spillingStreamRunner({ budgetBytes: 1, restartEvery: 2 }), engine: 'stream, within a byte and replaced' }

describe('operators that keep to a budget', () => {
  describeConformance(nothingFits, {})
  describeEquivalence({
    engines: [
      { runner: nothingFits, batchRows: [1, 7], workers: [1, 2] },
      { runner: someFits, batchRows: [7], workers: [1] },
      { runner: replaced, batchRows: [7], workers: [2] },
    ],
    runs: 60,
    seed: 5,
    features: { graph: GRAPH_KINDS },
  })
})
