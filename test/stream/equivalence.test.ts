import { restartingStreamRunner } from '@millrace/engine-stream'
import { describeEquivalence } from '@millrace/testkit'
import { describe } from 'vitest'

describe('restored from its state pages after every batch', () => {
  describeEquivalence({
    engines: [{ runner: restartingStreamRunner(1), batchRows: [1, 7], workers: [1] }],
    runs: 100,
    seed: 2,
    features: { cascade: true, exchange: true, join: true },
  })
})
