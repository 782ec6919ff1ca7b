/** What scoring takes: no trainer, no training sets. A process that only serves imports this entry. */
export type { Deployment, DeploymentSource } from './score/deployment.ts'
export { type FeatureValue, featureRow } from './score/feature-matrix.ts'
export { scorerThreads } from './score/open-scorer.ts'
export { type FallbackRule, ScoreStage } from './score/score-stage.ts'
export { scoredFields } from './score/scored-columns.ts'
export { ScorerSwitch } from './score/scorer-switch.ts'
export { ServedModel } from './score/served-model.ts'
