import { duckdbRunner } from '@millrace/engine-duckdb'
import { describeConformance, describeEquivalence } from '@millrace/testkit'

/** A statement knows neither batches nor workers. */
const duckdb = { runner: duckdbRunner, batchRows: [512], workers: [1] }

const SOON = 'not printed yet'

describeConformance(duckdbRunner, {
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
})
describeEquivalence({ engines: [duckdb], runs: 300, seed: 1, features: { all: true, cascade: true, exchange: true, join: true } })
