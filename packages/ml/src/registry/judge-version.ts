import type { GateDeclaration } from '@millrace/core'
import type { GateRecord } from '@millrace/store'
import { byClass } from '../judge/by-class.ts'
import { checkGates } from '../judge/gate.ts'
import { rocAucInterval } from '../judge/interval.ts'
import { type Confusion, confusionAt, logLoss, prAuc, rocAuc } from '../judge/metric.ts'
import { type Profile, profileOf } from '../judge/profile.ts'
import { chooseThreshold, type Threshold } from '../judge/threshold.ts'
import { openScorer } from '../score/open-scorer.ts'
import type { SetPart } from '../set/set-part.ts'
import type { RangeRecord, TrainingSet } from '../set/training-set.ts'
import { scoreMatrix, withFeatures } from './score-matrix.ts'

/** How a version does on one range; a figure is null where a class that it needs is empty. */
export interface RangeFigures extends RangeRecord {
  readonly roc_auc: number | null
  /** 95 % confidence interval; null with fewer than 10 rows of a class. */
  readonly roc_auc_interval: readonly [low: number, high: number] | null
  readonly pr_auc: number | null
  readonly log_loss: number | null
  /** Rows that got no finite score and are in no figure. */
  readonly unscored: number
}

/** What is recorded of a version's judgement. */
export interface VersionFigures {
  readonly train: RangeRecord
  readonly validate: RangeFigures
  readonly test: RangeFigures
  /** Null where the threshold was given, not chosen. */
  readonly threshold: Threshold | null
  /** Decisions at the threshold on the test range. */
  readonly decisions: Confusion
}

/** A judged version. */
export interface Judgement {
  readonly threshold: number
  readonly figures: VersionFigures
  readonly gates: readonly GateRecord[]
  readonly profile: Profile
}

export interface JudgeRequest {
  /** The model file that would be served. */
  readonly artifact: Uint8Array
  readonly features: readonly string[]
  readonly set: TrainingSet
  readonly gates: readonly GateDeclaration[]
  /** Chosen on the validation range by its false rate, or given. */
  readonly threshold: { readonly falseRate: number } | { readonly value: number }
  /** The version that is deployed now. */
  readonly deployed: DeployedModel | undefined
  readonly seed: number
}

export interface DeployedModel {
  readonly version: number
  readonly features: readonly string[]
  readonly artifact: Uint8Array
}

/** Judges a model file on the validation and the test range with the very bytes and the runtime that would serve it. */
export async function judgeVersion(request: JudgeRequest): Promise<Judgement> {
  const { set, features } = request
  const scorer = await openScorer(request.artifact, { features })
  try {
    const validate = await scoredPart(set.validate, await scoreMatrix(scorer, set.validate))
    const test = await scoredPart(set.test, await scoreMatrix(scorer, set.test))
    const sortedTest = byClass(test.labels, test.scores)
    const chosen =
      'falseRate' in request.threshold ? chooseThreshold(byClass(validate.labels, validate.scores), request.threshold.falseRate) : null
    const threshold = chosen?.value ?? ('value' in request.threshold ? request.threshold.value : 1)
    const profile = profileOf(withFeatures(set.train, features))
    const deployed = await deployedScores(request.deployed, set.test)
    const gates = checkGates(request.gates, {
      test,
      deployed: deployed === undefined ? undefined : { ...deployed, scores: onlyScored(deployed.scores, test.kept) },
      profile,
      columns: new Map(set.test.features.map((name, i) => [name, set.test.columns[i]])),
      seed: request.seed,
    })
    const figures: VersionFigures = {
      train: set.record.train,
      validate: rangeFigures(set.record.validate, validate),
      test: rangeFigures(set.record.test, test),
      threshold: chosen,
      decisions: confusionAt(sortedTest, threshold),
    }
    return { threshold, figures, gates, profile }
  } finally {
    await scorer.close()
  }
}

/** Rows of a range that got a score. */
interface ScoredPart {
  readonly labels: Uint8Array
  readonly scores: Float64Array
  /** Rows of the range that these are; undefined when all. */
  readonly kept: Int32Array | undefined
  readonly unscored: number
}

async function scoredPart(part: SetPart, scores: Float64Array): Promise<ScoredPart> {
  const kept = Int32Array.from(scores.keys()).filter((row) => Number.isFinite(scores[row]))
  if (kept.length === part.rows) return { labels: part.labels, scores, kept: undefined, unscored: 0 }
  return {
    labels: Uint8Array.from(kept, (row) => part.labels[row]),
    scores: Float64Array.from(kept, (row) => scores[row]),
    kept,
    unscored: part.rows - kept.length,
  }
}

/** The deployed version's scores of the same rows, or why there are none. */
async function deployedScores(
  deployed: DeployedModel | undefined,
  test: SetPart,
): Promise<{ readonly version: number; readonly scores: Float64Array | string } | undefined> {
  if (deployed === undefined) return undefined
  const { version, features } = deployed
  const missing = features.filter((name) => !test.features.includes(name))
  if (missing.length > 0) return { version, scores: `it reads ${missing.join(', ')}, which the view has no longer` }
  const scorer = await openScorer(deployed.artifact, { features })
  try {
    return { version, scores: await scoreMatrix(scorer, test) }
  } finally {
    await scorer.close()
  }
}

function onlyScored(scores: Float64Array | string, kept: Int32Array | undefined): Float64Array | string {
  if (typeof scores === 'string') return scores
  const same = kept === undefined ? scores : Float64Array.from(kept, (row) => scores[row])
  return same.every(Number.isFinite) ? same : 'it gives rows of the test range no score'
}

function rangeFigures(range: RangeRecord, { labels, scores, unscored }: ScoredPart): RangeFigures {
  const sorted = byClass(labels, scores)
  const interval = rocAucInterval(labels, scores)
  return {
    ...range,
    roc_auc: rocAuc(sorted),
    roc_auc_interval: interval === null ? null : [interval.low, interval.high],
    pr_auc: prAuc(sorted),
    log_loss: logLoss(sorted),
    unscored,
  }
}
