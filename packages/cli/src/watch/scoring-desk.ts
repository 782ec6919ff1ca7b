import { compileAsset, type EventLog, type ModelAsset } from '@millrace/core'
import { type DeploymentSource, type FeatureValue, featureRow, ScorerSwitch, ServedModel } from '@millrace/ml/serving'
import type { LatestRow, ScoredModel, ScoredRows, ScoringView } from '@millrace/server'
import { fallbackPlan, fallbackRule } from '../pipeline/fallback-rule.ts'
import { readOnlineRow } from '../pipeline/online-row.ts'

export interface ScoringDeskOptions {
  readonly log: Pick<EventLog, 'get'>
  readonly models: readonly ModelAsset[]
  readonly deployments: DeploymentSource
  /** Event time that the model's stream has reached, epoch ms; -Infinity before it has spoken. */
  readonly watermark: (model: ModelAsset) => number
  readonly onTrouble: (model: string, error: unknown) => void
}

interface Desk extends ScoredModel {
  readonly asset: ModelAsset
  readonly opened: ScorerSwitch
  readonly served: ServedModel
}

/** Answers requests for scores: with what is deployed, from features given or from a key's latest row. */
export class ScoringDesk implements ScoringView {
  readonly #options: ScoringDeskOptions
  readonly #desks: ReadonlyMap<string, Desk>

  private constructor(options: ScoringDeskOptions, desks: readonly Desk[]) {
    this.#options = options
    this.#desks = new Map(desks.map((desk) => [desk.name, desk]))
  }

  static async open(options: ScoringDeskOptions): Promise<ScoringDesk> {
    const desks = options.models.filter((model) => model.http).map((model) => openDesk(model, options))
    return new ScoringDesk(options, await Promise.all(desks))
  }

  names(): readonly string[] {
    return [...this.#desks.keys()]
  }

  model(name: string): ScoredModel | undefined {
    return this.#desks.get(name)
  }

  async score(model: string, rows: Float32Array, count: number): Promise<ScoredRows> {
    return (this.#desks.get(model) as Desk).served.score(rows, count)
  }

  async latest(model: string, key: Readonly<Record<string, string | number | boolean | null>>): Promise<LatestRow | undefined> {
    const { asset, keys, features } = this.#desks.get(model) as Desk
    const found = readOnlineRow(
      this.#options.log,
      model,
      keys.map((name) => key[name]),
    )
    if (found === undefined) return undefined
    const watermark = this.#options.watermark(asset)
    const row = new Float32Array(features.length)
    featureRow(Object.fromEntries(features.map((name) => [name, found.row[name] as FeatureValue])), features, row)
    return {
      row,
      featuresAt: found.windowEnd,
      stalenessMs: Math.max(0, Number.isFinite(watermark) ? watermark - found.windowEnd : 0),
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#desks.values()].map(({ opened }) => opened.close()))
  }
}

async function openDesk(asset: ModelAsset, { deployments, onTrouble }: ScoringDeskOptions): Promise<Desk> {
  const onFailure = (error: unknown): void => onTrouble(asset.name, error)
  const opened = await ScorerSwitch.open({ model: asset.name, deployments, threadsMax: 1, onFailure })
  const served = new ServedModel({
    features: asset.features,
    fields: compileAsset(asset.input).output.fields,
    deployed: () => opened.current,
    fallback: fallbackRule(fallbackPlan(asset)),
    onFailure,
  })
  return { name: asset.name, features: asset.features, keys: asset.entity, asset, opened, served }
}
