import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricOf } from '../src/judge/metric.ts'
import { trainTrees } from '../src/train/train-trees.ts'
import { rawScore } from '../src/tree/predict-trees.ts'
import { REFERENCE_SETS, referenceSet } from './reference-set.ts'

/** Recomputed with scikit-learn itself by `npm run test:interop`. */
const stored = JSON.parse(readFileSync(new URL('./sklearn-figures.json', import.meta.url), 'utf8')) as {
  readonly sets: Readonly<Record<string, { readonly roc_auc: number; readonly settings: object }>>
}

test.each(REFERENCE_SETS)('separates the classes of %s as scikit-learn does', { timeout: 120_000 }, (name) => {
  const { settings, train, test: later } = referenceSet(name)
  expect(stored.sets[name].settings).toEqual(settings)
  const { model } = trainTrees(train, {
    rounds: settings.max_iter,
    learningRate: settings.learning_rate,
    leavesMax: settings.max_leaf_nodes,
    leafRowsMin: settings.min_samples_leaf,
    l2: settings.l2_regularization,
  })
  const area = metricOf('roc_auc', later.labels, rawScore(model, later)) ?? 0
  expect(Math.abs(area - stored.sets[name].roc_auc)).toBeLessThan(0.005)
})
