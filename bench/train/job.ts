import type { ReferenceSettings } from '../../packages/ml/test/reference-set.ts'

/** What `bench/train-ours.ts` finds as `job.json` beside the numbers. */
export interface TrainBenchJob {
  readonly name: string
  readonly features: readonly string[]
  readonly rows: number
  readonly testRows: number
  readonly settings: ReferenceSettings
  readonly threads: number
}
