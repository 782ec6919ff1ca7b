import { duckdbRunner } from '@millrace/engine-duckdb'
import { streamRunner } from '@millrace/engine-stream'
import { describePlantedBugs, GRAPH_KINDS } from '@millrace/testkit'

const features = { cascade: true, exchange: true, join: true }

// Bugs planted into what the engines are given are found by the same comparison that holds the engines to the reference.
describePlantedBugs({ runner: streamRunner, batchRows: [7], workers: [4] }, { runs: 600, seed: 1, features })
describePlantedBugs({ runner: duckdbRunner }, { runs: 600, seed: 1, features: { ...features, graph: GRAPH_KINDS } })
