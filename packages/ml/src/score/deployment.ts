import type { Scorer } from './scorer.ts'

/** Which version of a model decides, and from which score on. */
export interface Deployment {
  readonly version: number
  /** SHA-256 of the model file, hex. */
  readonly sha256: string
  /** A row is decided `true` when its score is at least this. */
  readonly threshold: number
  /** What the model was trained on, in its order: columns of its view. A declaration that has changed since does not change them. */
  readonly features: readonly string[]
}

/** Where deployments are kept. */
export interface DeploymentSource {
  /** The version that is deployed now, or undefined. */
  current(model: string): Promise<Deployment | undefined>
  /** The bytes of a model file. */
  load(sha256: string): Promise<Uint8Array>
}

/** A deployment whose model is open. */
export interface OpenDeployment extends Deployment {
  readonly scorer: Scorer
}
