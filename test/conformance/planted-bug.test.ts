import { duckdbRunner } from '@millrace/engine-duckdb'
import { streamRunner } from '@millrace/engine-stream'
import { describePlantedBugs, GRAPH_KINDS } from '@millrace/testkit'

const features = { cascade: true, exchange: true, join: true }
/** One setting finds every bug; DuckDB, which has neither batches nor workers, has it for the bugs that are planted by them. */
const setting = { batchRows: [7], workers: [4] }

// Bugs planted into what the engines are given are found by the same comparison that holds the engines to the reference.
describePlantedBugs({ runner: streamRunner, ...setting }, { runs: 600, seed: 1, features })
describePlantedBugs({ runner: duckdbRunner, ...setting }, { runs: 600, seed: 1, features: { ...features, graph: GRAPH_KINDS } })
