import { userError } from '@millrace/core'

/** How a boosted ensemble is grown; what is absent takes the default in brackets. */
export interface TrainOptions {
  /** Trees at most [100]. */
  readonly rounds?: number
  /** Share of each tree's answer that is taken, in (0, 1] [0.1]. */
  readonly learningRate?: number
  /** Leaves of a tree at most [31]. */
  readonly leavesMax?: number
  /** Splits between root and leaf at most [no limit]. */
  readonly depthMax?: number
  /** Training rows in a leaf at least [20]. */
  readonly leafRowsMin?: number
  /** Sum of hessians in a leaf at least [0.001]. */
  readonly leafHessianMin?: number
  /** L2 penalty on leaf values [0]. */
  readonly l2?: number
  /** Bins per feature at most, 2 to 255; a further one holds missing values [255]. */
  readonly binsMax?: number
  /** `balanced`: rows / (2 × rows of the class); or a weight per class [1 each]. */
  readonly classWeights?: 'balanced' | readonly [negative: number, positive: number]
  /** Share of the features that each tree may use, in (0, 1] [1]. */
  readonly featureShare?: number
  /** Share of the rows that each tree is grown on, in (0, 1] [1]. */
  readonly rowShare?: number
  /** Seed of everything drawn at random [0]. */
  readonly seed?: number
  /** Threads that work at one tree, this one included; the model is the same whatever the number [1]. */
  readonly threads?: number
  /** Stops when a validation set is given and its figure no longer gets better. */
  readonly earlyStopping?: EarlyStopping | false
}

export interface EarlyStopping {
  /** What is judged on the validation set [log_loss]. */
  readonly metric?: 'log_loss' | 'roc_auc'
  /** Rounds without improvement before it stops [10]. */
  readonly patienceRounds?: number
  /** Least difference that counts as an improvement [1e-7]. */
  readonly tolerance?: number
}

/** Options with every default filled in. */
export type ResolvedTrainOptions = Required<Omit<TrainOptions, 'classWeights' | 'earlyStopping'>> & {
  readonly classWeights: 'balanced' | readonly [number, number]
  readonly earlyStopping: Required<EarlyStopping> | undefined
}

/** Trees of a model at most. */
const ROUNDS_MAX = 10_000
const LEAVES_MAX = 4096
const BINS_MAX = 255
const THREADS_MAX = 64
const DEPTH_MAX = LEAVES_MAX

const whole = (value: number, from: number, to: number): boolean => Number.isInteger(value) && value >= from && value <= to
const within = (value: number, from: number, to: number): boolean => value >= from && value <= to
const share = (value: number): boolean => value > 0 && value <= 1

/** Fills in the defaults and checks the ranges. @throws `model/bad-option` */
export function resolveTrainOptions(options: TrainOptions = {}): ResolvedTrainOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as TrainOptions
  const stopping = given.earlyStopping
  const resolved: ResolvedTrainOptions = {
    rounds: 100,
    learningRate: 0.1,
    leavesMax: 31,
    depthMax: DEPTH_MAX,
    leafRowsMin: 20,
    leafHessianMin: 1e-3,
    l2: 0,
    binsMax: BINS_MAX,
    featureShare: 1,
    rowShare: 1,
    seed: 0,
    threads: 1,
    ...given,
    classWeights: given.classWeights ?? [1, 1],
    earlyStopping: stopping === false ? undefined : { metric: 'log_loss', patienceRounds: 10, tolerance: 1e-7, ...stopping },
  }
  checkOptions(resolved)
  return resolved
}

function checkOptions(options: ResolvedTrainOptions): void {
  const { classWeights, earlyStopping: stopping } = options
  demand('rounds', options.rounds, whole(options.rounds, 1, ROUNDS_MAX), `a whole number from 1 to ${ROUNDS_MAX}`)
  demand('learningRate', options.learningRate, share(options.learningRate), 'above 0 and at most 1')
  demand('leavesMax', options.leavesMax, whole(options.leavesMax, 2, LEAVES_MAX), `a whole number from 2 to ${LEAVES_MAX}`)
  demand('depthMax', options.depthMax, whole(options.depthMax, 1, DEPTH_MAX), `a whole number from 1 to ${DEPTH_MAX}`)
  demand('leafRowsMin', options.leafRowsMin, whole(options.leafRowsMin, 1, 2 ** 31 - 1), 'a whole number from 1')
  demand('leafHessianMin', options.leafHessianMin, within(options.leafHessianMin, 0, Number.MAX_VALUE), '0 or greater')
  demand('l2', options.l2, within(options.l2, 0, Number.MAX_VALUE), '0 or greater')
  demand('binsMax', options.binsMax, whole(options.binsMax, 2, BINS_MAX), `a whole number from 2 to ${BINS_MAX}`)
  demand('featureShare', options.featureShare, share(options.featureShare), 'above 0 and at most 1')
  demand('rowShare', options.rowShare, share(options.rowShare), 'above 0 and at most 1')
  demand('seed', options.seed, Number.isSafeInteger(options.seed), 'a whole number')
  demand('threads', options.threads, whole(options.threads, 1, THREADS_MAX), `a whole number from 1 to ${THREADS_MAX}`)
  const weighted = classWeights === 'balanced' || classWeights.every((weight) => weight > 0 && weight < Number.POSITIVE_INFINITY)
  demand('classWeights', classWeights, weighted, '`balanced` or a weight above 0 for each of both classes')
  if (stopping === undefined) return
  demand('patienceRounds', stopping.patienceRounds, whole(stopping.patienceRounds, 1, ROUNDS_MAX), `a whole number from 1 to ${ROUNDS_MAX}`)
  demand('tolerance', stopping.tolerance, within(stopping.tolerance, 0, Number.MAX_VALUE), '0 or greater')
}

function demand(name: string, value: unknown, holds: boolean, range: string): void {
  if (holds) return
  throw userError('model/bad-option', `Option \`${name}\` of the trainer is ${JSON.stringify(value)}; it must be ${range}.`, {
    asked: { [name]: value },
    found: value,
    do: `Give \`${name}\` a value that is ${range}.`,
  })
}
