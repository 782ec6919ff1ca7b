import { duckdbRunner } from '@millrace/engine-duckdb'
import { describeConformance, describeEquivalence, GRAPH_KINDS } from '@millrace/testkit'

/** A statement knows neither batches nor workers. */
const duckdb = { runner: duckdbRunner, batchRows: [512], workers: [1] }

describeConformance(duckdbRunner)
describeEquivalence({ engines: [duckdb], runs: 300, seed: 1, features: { all: true, cascade: true, exchange: true, join: true } })
describeEquivalence({ engines: [duckdb], runs: 300, seed: 1, features: { graph: GRAPH_KINDS } })
