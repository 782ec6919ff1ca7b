// Scores rows with nothing but a model file: `node score-alone.ts FILE`, with {"features","matrix"} on standard input.
import { readFileSync } from 'node:fs'
import { batchFromRows, columnOf } from '@millrace/columnar'
import { openScorer } from '../src/score/open-scorer.ts'
import { ScoreStage } from '../src/score/score-stage.ts'

const { features, rows } = JSON.parse(readFileSync(0, 'utf8')) as { features: string[]; rows: (number | null)[][] }
const scorer = await openScorer(readFileSync(process.argv[2]), { features })
const deployment = { version: 1, sha256: '', threshold: 0.5, features, scorer }
const stage = new ScoreStage({
  deployed: () => deployment,
  fallback: () => {
    throw new RangeError('the fallback rule was asked')
  },
})
const fields = features.map((name) => ({ name, type: 'double', nullable: true }))
const scored = columnOf(await stage.score(batchFromRows(fields, rows)), 'score')
process.stdout.write(JSON.stringify(scored?.kind === 'double' ? [...scored.values] : null))
await scorer.close()
