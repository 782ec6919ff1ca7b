export { type Explanation, explainTrees } from './explain/explain-trees.ts'
export { checkGates, type GateEvidence } from './judge/gate.ts'
export type { Confusion } from './judge/metric.ts'
export type { FeatureProfile, Profile } from './judge/profile.ts'
export type { Threshold } from './judge/threshold.ts'
export { exportOnnx } from './onnx/export-onnx.ts'
export { readTrees } from './onnx/read-trees.ts'
export {
  type DeployedModel,
  type Judgement,
  type JudgeRequest,
  judgeVersion,
  type RangeFigures,
  type VersionFigures,
} from './registry/judge-version.ts'
export { type TrainedVersion, type TrainVersionRequest, trainVersion } from './registry/train-version.ts'
export { type BatchedScores, BatchingScorer, type BatchingScorerOptions, type RowFiller } from './score/batching-scorer.ts'
export type { Deployment, DeploymentSource, OpenDeployment } from './score/deployment.ts'
export { type FeatureRange, type FeatureValue, featureColumns, featureRow, featureRows } from './score/feature-matrix.ts'
export { type OpenScorerOptions, openScorer, scorerThreads } from './score/open-scorer.ts'
export type { ScoreCounters } from './score/score-counters.ts'
export { type FallbackRule, ScoreStage, type ScoreStageOptions } from './score/score-stage.ts'
export { type DecidedBy, scoredFields } from './score/scored-columns.ts'
export type { Scorer } from './score/scorer.ts'
export { ScorerSwitch, type ScorerSwitchOptions } from './score/scorer-switch.ts'
export { ServedModel, type ServedModelOptions, type ServedRows } from './score/served-model.ts'
export { type Label, type LabelFile, parseLabels, readLabels } from './set/label-file.ts'
export { type Moment, type MomentFile, parseMoments, readMoments } from './set/moment-file.ts'
export type { SetPart } from './set/set-part.ts'
export type { SetRecords, SetView } from './set/set-sql.ts'
export {
  buildTrainingSet,
  type RangeRecord,
  type SetQuery,
  type TrainingSet,
  type TrainingSetRecord,
  type TrainingSetRequest,
} from './set/training-set.ts'
export { type TrainInWorkerSurroundings, trainInWorker } from './train/train-in-worker.ts'
export type { EarlyStopping, TrainOptions } from './train/train-options.ts'
export { type TrainedTrees, type TrainProgress, trainTrees } from './train/train-trees.ts'
export type { TrainingMatrix } from './train/training-matrix.ts'
export { type FeatureInput, predictTrees, rawScore } from './tree/predict-trees.ts'
export type { Tree, TreeModel } from './tree/tree-model.ts'
