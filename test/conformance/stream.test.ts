import { restartingStreamRunner, streamRunner } from '@millrace/engine-stream'
import { describeConformance, describeEquivalence, type Gaps, GRAPH_KINDS } from '@millrace/testkit'

const GAPS: Gaps = {}

/** After every third batch a runner is replaced by one restored from its state pages. */
const restarting = { ...restartingStreamRunner(3), engine: 'stream, restarted again and again' }

describeConformance(streamRunner, GAPS)
describeEquivalence({
  engines: [{ runner: streamRunner }, { runner: restarting, batchRows: [7], workers: [4] }],
  runs: 300,
  seed: 1,
  features: { cascade: true, exchange: true, join: true },
})
describeEquivalence({
  engines: [
    { runner: streamRunner, batchRows: [1, 7, 512], workers: [1, 4] },
    { runner: restarting, batchRows: [7], workers: [4] },
  ],
  runs: 200,
  seed: 1,
  features: { graph: GRAPH_KINDS },
})
