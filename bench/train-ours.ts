// Our trainer over rows that lie as raw numbers in a folder, in a process of its own: node bench/train-ours.ts FOLDER
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { trainTrees } from '@millrace/ml'
import { metricOf } from '../packages/ml/src/judge/metric.ts'
import { rawScore } from '../packages/ml/src/tree/predict-trees.ts'
import type { TrainBenchJob } from './train/job.ts'

const [folder] = process.argv.slice(2)
const { name, features, rows, testRows, settings, threads } = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8')) as TrainBenchJob

/** The columns of a part as they come from a file: not shared, so that what training copies counts. */
function read(part: 'train' | 'test', count: number): { columns: Float32Array[]; labels: Uint8Array } {
  const bytes = readFileSync(join(folder, `${name}-${part}.f32`))
  const columns = features.map(
    (_, at) => new Float32Array(bytes.buffer.slice(bytes.byteOffset + at * count * 4, bytes.byteOffset + (at + 1) * count * 4)),
  )
  return { columns, labels: new Uint8Array(readFileSync(join(folder, `${name}-${part}.u8`))) }
}

const train = read('train', rows)
const test = read('test', testRows)
const startedCpu = process.cpuUsage()
const started = performance.now()
const { model } = trainTrees(
  { features, ...train, rows },
  {
    rounds: settings.max_iter,
    learningRate: settings.learning_rate,
    leavesMax: settings.max_leaf_nodes,
    leafRowsMin: settings.min_samples_leaf,
    l2: settings.l2_regularization,
    threads,
  },
)
const seconds = (performance.now() - started) / 1000
const { user, system } = process.cpuUsage(startedCpu)
const area = metricOf('roc_auc', test.labels, rawScore(model, { columns: test.columns, rows: testRows }))
process.stdout.write(JSON.stringify({ roc_auc: area, seconds, cpu_seconds: (user + system) / 1e6 }))
