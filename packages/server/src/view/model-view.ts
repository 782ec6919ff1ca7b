import type { ModelDetail, ModelSummary } from '../schema/model-record.ts'

/** The registry as the API shows it. */
export interface ModelView {
  models(): Promise<readonly ModelSummary[]>
  /** Undefined for a model the project does not declare. */
  model(name: string): Promise<ModelDetail | undefined>
}
