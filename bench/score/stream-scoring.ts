import type { Batch, Column } from '@millrace/columnar'
import { openScorer, ScoreStage } from '@millrace/ml'
import { numbersOf } from '../../packages/ml/test/random-model.ts'
import { FEATURES, modelFile } from './model-file.ts'

/** Rows of a batch, as the stream engine hands them on. */
const BATCH_ROWS = 16_384
const BATCHES = 24
const FIELDS = [
  { name: 'window_end', type: 'timestamp', nullable: false },
  ...FEATURES.map((name, i) => ({ name, type: i % 2 === 0 ? 'double' : 'int64', nullable: i % 4 === 0 })),
  { name: '_event_time', type: 'timestamp', nullable: false },
]

/** Scores batches of a view through the stage that the stream uses: rows per second, from columns to scored columns. */
export async function streamScoring(): Promise<{ readonly rowsPerSecond: number; readonly threads: number }> {
  const scorer = await openScorer(modelFile(), { features: FEATURES })
  const deployment = { version: 1, sha256: '', threshold: 0.9, features: FEATURES, scorer }
  const stage = new ScoreStage({
    deployed: () => deployment,
    fallback: ({ rows }) => ({ kind: 'boolean', values: new Uint8Array(rows), nulls: null }),
  })
  const batches = Array.from({ length: 4 }, (_, seed) => batchOf(seed))
  await stage.score(batches[0])
  const started = performance.now()
  for (let one = 0; one < BATCHES; one++) await stage.score(batches[one % batches.length])
  const seconds = (performance.now() - started) / 1000
  await scorer.close()
  return { rowsPerSecond: (BATCHES * BATCH_ROWS) / seconds, threads: scorer.threads }
}

function batchOf(seed: number): Batch {
  const random = numbersOf(seed)
  const columns = FIELDS.map(({ type, nullable }): Column => {
    const nulls = nullable ? Uint8Array.from({ length: BATCH_ROWS }, () => (random() < 0.05 ? 1 : 0)) : null
    if (type === 'timestamp') return { kind: 'timestamp', values: new Float64Array(BATCH_ROWS), nulls }
    const value = type === 'int64' ? () => Math.floor(random() * 3 - 1) : () => random() * 2.4 - 1.2
    const values = Float64Array.from({ length: BATCH_ROWS }, value)
    return type === 'int64' ? { kind: 'int64', safe: true, values, nulls } : { kind: 'double', values, nulls }
  })
  return { rows: BATCH_ROWS, fields: FIELDS, columns }
}
