import { exportOnnx } from '@millrace/ml'
import { numbersOf, randomModel } from '../../packages/ml/test/random-model.ts'

/** What is scored here: 20 features, 100 trees of up to 31 leaves. */
export const FEATURES = Array.from({ length: 20 }, (_, i) => `num${i}`)
export const MODEL_NAME = 'bench'
export const THRESHOLD = 0.9
const SHAPE = { trees: 100, leaves: 31, features: FEATURES.length }

/** The bytes of a model file, always the same. */
export function modelFile(): Uint8Array {
  return exportOnnx(randomModel(SHAPE, numbersOf(1)), { name: 'bench', version: 1 })
}
