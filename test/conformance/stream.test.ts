import { restartingStreamRunner, streamRunner } from '@millrace/engine-stream'
import { describeConformance, describeEquivalence, type Gaps } from '@millrace/testkit'

const UNWINDOWED = 'the stream engine has no aggregate without a window yet'

const GAPS: Gaps = {
  'an aggregate without a window gives one row per key': UNWINDOWED,
  'no row is late for an aggregate without a window': UNWINDOWED,
  'an aggregate without a window over nothing gives no row': UNWINDOWED,
  'an aggregate without a window and without keys over nothing gives no row': UNWINDOWED,
}

/** After every third batch a runner is replaced by one restored from its state pages. */
const restarting = { ...restartingStreamRunner(3), engine: 'stream, restarted again and again' }

describeConformance(streamRunner, GAPS)
describeEquivalence({
  engines: [{ runner: streamRunner }, { runner: restarting, batchRows: [7], workers: [4] }],
  runs: 300,
  seed: 1,
  features: { cascade: true, exchange: true, join: true },
})
