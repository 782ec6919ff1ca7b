import { restartingStreamRunner, streamRunner } from '@millrace/engine-stream'
import { describeConformance, describeEquivalence, type Gaps } from '@millrace/testkit'

const SOON = 'the stream engine has none yet'

const GAPS: Gaps = {
  'window all': SOON,
  'window session': SOON,
  'window calendar': SOON,
  'join as-of': SOON,
  'join lookup': SOON,
  'node over-aggregate': SOON,
  'node dedupe': SOON,
  'node latest': SOON,
  'node union': SOON,
  'node top-n': SOON,
  'node sink': SOON,
  'late revise': SOON,
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
