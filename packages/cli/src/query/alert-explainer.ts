import { explainTrees, type FeatureProfile, type Profile, readTrees } from '@millrace/ml'
import { loadArtifact, modelVersion, type Store } from '@millrace/store'
import { parseTarget } from '../model/model-target.ts'
import type { RaisedAlert } from './raised-alerts.ts'

/** Contributions that are shown of an alert. */
const CONTRIBUTIONS_MAX = 8
/** Versions whose trees are held. */
const VERSIONS_MAX = 8

interface KnownVersion {
  readonly features: readonly string[]
  readonly profile: Profile
  /** Undefined for models that are no trees: their contributions are not known. */
  readonly trees: ReturnType<typeof readTrees>
}

/** Says of model alerts what is usual for their features, and which of these moved the score. */
export class AlertExplainer {
  readonly #store: Store
  readonly #stateDir: string
  readonly #project: string
  readonly #versions = new Map<string, Promise<KnownVersion>>()

  constructor(options: { readonly store: Store; readonly stateDir: string; readonly project: string }) {
    this.#store = options.store
    this.#stateDir = options.stateDir
    this.#project = options.project
  }

  /** The alerts, explained; `inputs` is used up. */
  explained(alerts: readonly RaisedAlert[]): Promise<RaisedAlert[]> {
    return Promise.all(alerts.map((alert) => this.#explain(alert)))
  }

  async #explain({ inputs, ...alert }: RaisedAlert): Promise<RaisedAlert> {
    if (alert.model === null || inputs === undefined) return alert
    const { features, profile, trees } = await this.#version(alert.model)
    const usual = Object.fromEntries(features.flatMap((name) => usualRange(name, profile[name])))
    if (trees === undefined) return { ...alert, usual, contributions: [] }
    const row = Float32Array.from(trees.features, (name) => featureNumber(inputs[name]))
    const { contributions } = explainTrees(trees, row)
    const ranked = trees.features
      .map((feature, i) => ({ feature, value: contributions[i] }))
      .filter(({ value }) => value !== 0)
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    return { ...alert, usual, contributions: ranked.slice(0, CONTRIBUTIONS_MAX) }
  }

  #version(name: string): Promise<KnownVersion> {
    const known = this.#versions.get(name)
    if (known !== undefined) return known
    const loading = this.#load(name)
    loading.catch(() => this.#versions.delete(name))
    this.#versions.set(name, loading)
    if (this.#versions.size > VERSIONS_MAX) this.#versions.delete([...this.#versions.keys()][0])
    return loading
  }

  async #load(name: string): Promise<KnownVersion> {
    const { name: model, version } = parseTarget(name)
    const found = await modelVersion(this.#store.db, { project: this.#project, model, version })
    const trees = readTrees(await loadArtifact(this.#stateDir, found.artifactSha256))
    return { features: found.features, profile: (found.profile ?? {}) as unknown as Profile, trees }
  }
}

function usualRange(name: string, profile: FeatureProfile | undefined): [string, number[]][] {
  if (profile === undefined || profile.quantiles === null) return []
  const { p01, p50, p99 } = profile.quantiles
  return [[name, [p01, p50, p99]]]
}

/** As a model sees a value: null is missing. */
function featureNumber(value: unknown): number {
  return value === null || value === undefined ? Number.NaN : Math.fround(Number(value))
}
