import { referenceRunner } from '@millrace/reference'
import { expect, test } from 'vitest'
import { GRAPH_KINDS } from '../generate/graph-builder.ts'
import { describeEquivalence } from './equivalence-suite.ts'
import type { PlantedBug } from './plant.ts'
import { PLANTED_BUGS } from './planted-bug.ts'
import { describePlantedBugs } from './planted-bug-suite.ts'

const engine = { runner: referenceRunner, batchRows: [7], workers: [4] }

const features = { cascade: true, exchange: true, join: true, graph: GRAPH_KINDS }

describeEquivalence({ engines: [engine], runs: 100, seed: 1, features })
describePlantedBugs(engine, { runs: 600, seed: 1, features })

test('each node has at least three planted bugs', () => {
  const of = ({ node, kind }: PlantedBug) => (kind === undefined ? node : `${kind} ${node}`)
  const counts = Map.groupBy(PLANTED_BUGS, of)
  const nodes = ['filter', 'project', 'window-aggregate', 'exchange', 'join', 'over-aggregate', 'dedupe', 'latest', 'union', 'top-n']
  const kinds = ['as-of join', 'lookup join', 'session window-aggregate', 'calendar window-aggregate', 'early window-aggregate']
  for (const about of [...nodes, ...kinds]) expect(counts.get(about)?.length, about).toBeGreaterThanOrEqual(3)
})
