import { atLeast, gradientBoostedTrees, notWorseThan, stable } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { graphBytes } from '../../test/graph-bytes.ts'
import { byClass } from '../judge/by-class.ts'
import { confusionAt } from '../judge/metric.ts'
import { openScorer } from '../score/open-scorer.ts'
import type { SetPart } from '../set/set-part.ts'
import type { RangeRecord, TrainingSet } from '../set/training-set.ts'
import { judgeVersion } from './judge-version.ts'
import { scoreMatrix, withFeatures } from './score-matrix.ts'
import { type TrainVersionRequest, trainVersion } from './train-version.ts'

function part(seed: number, rows: number): SetPart {
  let state = seed
  const next = (): number => (state = (1664525 * state + 1013904223) % 2 ** 32) / 2 ** 32
  const labels = Uint8Array.from({ length: rows }, () => Number(next() < 0.1))
  const hits = Float32Array.from(labels, (label) => Math.floor(20 * next() + 12 * label))
  const errors = Float32Array.from(labels, (label) => (next() < 0.2 ? Number.NaN : Math.floor(5 * next() + 3 * label)))
  const noise = Float32Array.from(labels, () => next())
  return {
    from: 0,
    to: rows,
    features: ['noise', 'errors', 'hits'],
    columns: [noise, errors, hits],
    labels,
    rows,
    positives: labels.reduce((sum, label) => sum + label, 0),
    windowEnd: new Float64Array(rows),
    keys: undefined,
  }
}

function makeSet(): TrainingSet {
  const parts = { train: part(1, 4_000), validate: part(2, 1_500), test: part(3, 1_500) }
  const range = ({ rows, positives }: SetPart): RangeRecord => ({ from: '', to: '', rows, positives })
  const ranges = { train: range(parts.train), validate: range(parts.validate), test: range(parts.test) }
  const record = {
    mode: 'as_served',
    snapshots: {},
    labels_sha256: '',
    labels: 1,
    as_of: '',
    known_time: true,
    max_age_ms: null,
    features: [],
    left_out: 0,
    digest: '',
    ...ranges,
  } as const
  return { ...parts, record }
}

const set = makeSet()

function request(change: Partial<TrainVersionRequest> = {}): TrainVersionRequest {
  return {
    model: 'm',
    features: ['hits', 'errors'],
    trainer: gradientBoostedTrees({ rounds: 30 }),
    set,
    gates: [atLeast('roc_auc', 0.8), notWorseThan('deployed', 'roc_auc', 0.01), stable('psi', 0.2)],
    falseRate: 0.01,
    deployed: undefined,
    seed: 5,
    threads: 1,
    ...change,
  }
}

describe('a trained version', () => {
  it('is judged by the scores of the file that would be served', async () => {
    const version = await trainVersion(request())
    const scorer = await openScorer(version.artifact, { features: ['hits', 'errors'] })
    const scores = byClass(set.test.labels, await scoreMatrix(scorer, set.test))
    const negatives = byClass(set.validate.labels, await scoreMatrix(scorer, set.validate)).negatives
    await scorer.close()
    expect(version.gates.map(({ name, passed }) => `${name} ${passed}`)).toEqual([
      'roc_auc true',
      'roc_auc_against_deployed true',
      'psi true',
    ])
    expect(version.figures.decisions).toEqual(confusionAt(scores, version.threshold))
    expect(version.figures.decisions.true_positives).toBeGreaterThan(20)
    const decided = negatives.filter((score) => score >= version.threshold).length
    expect(decided).toBe(version.figures.threshold?.false_positives)
    expect(decided).toBeLessThanOrEqual(0.01 * negatives.length)
    expect(Object.keys(version.profile)).toEqual(['hits', 'errors'])
  })

  it('is the same to the last byte for the same set and seed', async () => {
    const [one, again] = [await trainVersion(request()), await trainVersion(request({ threads: 2 }))]
    expect(Buffer.from(again.artifact).equals(Buffer.from(one.artifact))).toBe(true)
    expect(again.figures).toEqual(one.figures)
  })

  it('fails the comparison when a better one is deployed, whatever features that one reads', async () => {
    const better = await trainVersion(request())
    const deployed = { version: 4, features: ['hits', 'errors'], artifact: better.artifact }
    const worse = await trainVersion(request({ features: ['noise'], deployed }))
    expect(worse.gates.map(({ passed }) => passed)).toEqual([false, false, true])
    const gone = await trainVersion(request({ deployed: { ...deployed, features: ['hits', 'paths'] } }))
    expect(gone.gates[1]).toMatchObject({ passed: false, value: null })
    expect(gone.gates[1].evidence).toBe('roc_auc cannot be compared with deployed version 4: it reads paths, which the view has no longer')
  })

  it('stops when it is cancelled', async () => {
    const abort = new AbortController()
    const trainer = gradientBoostedTrees({ rounds: 5_000, patience: 0 })
    const training = trainVersion(request({ trainer, signal: abort.signal, onProgress: ({ round }) => round === 3 && abort.abort() }))
    await expect(training).rejects.toMatchObject({ code: 'model/training-cancelled' })
  })
})

describe('a version that leaves rows without a score', () => {
  it('is judged on the others, which are counted', async () => {
    // The logarithm of one feature: rows where it is below 0 get no score.
    const artifact = graphBytes([{ op: 'Log', from: ['x'], to: 'score' }], { inputs: { x: ['N', 1] }, outputs: { score: ['N', 1] } })
    const shifted = { ...set, test: { ...set.test, columns: set.test.columns.map((column) => column.map((value) => value - 0.5)) } }
    const features = ['noise']
    const judged = await judgeVersion({
      artifact,
      features,
      set: shifted,
      gates: [],
      threshold: { value: 0.5 },
      deployed: undefined,
      seed: 1,
    })
    const below = withFeatures(shifted.test, features).columns[0].filter((value) => value <= 0).length
    expect(judged.figures.test.unscored).toBe(below)
    expect(judged.figures.threshold).toBeNull()
  })
})
