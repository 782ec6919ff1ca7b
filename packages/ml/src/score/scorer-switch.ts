import type { DeploymentSource, OpenDeployment } from './deployment.ts'
import { openScorer } from './open-scorer.ts'

/** Time between two looks at what is deployed. */
const POLL_MS = 500
/** A version that could not be opened is tried again after this. */
const RETRY_MS = 5_000

export interface ScorerSwitchOptions {
  readonly model: string
  readonly deployments: DeploymentSource
  /** As of `openScorer`. */
  readonly threadsMax?: number
  /** Told when deployments cannot be read, or one cannot be opened; the version before goes on deciding. */
  readonly onFailure?: (error: unknown) => void
  /** Told after every switch. */
  readonly onSwitch?: (deployed: OpenDeployment | undefined) => void
}

/**
 * The deployed version of a model, open. It is looked up twice a second, beside the work; a new version is opened and tried before it
 * takes the place of the old one, which is closed once its last batch is scored: there is no gap.
 */
export class ScorerSwitch {
  readonly #options: ScorerSwitchOptions
  #deployed: OpenDeployment | undefined
  #timer: NodeJS.Timeout | undefined
  #look: Promise<void> | undefined
  #broken: { readonly version: number; readonly retryAt: number } | undefined
  #closed = false
  /** Failures to read deployments or to open one. */
  failures = 0

  private constructor(options: ScorerSwitchOptions) {
    this.#options = options
  }

  /** Begins with what is deployed now; where that cannot be found out, with nothing. */
  static async open(options: ScorerSwitchOptions): Promise<ScorerSwitch> {
    const opened = new ScorerSwitch(options)
    await opened.refresh()
    return opened
  }

  /** What decides now. Use it at once: it stays open for scores that were asked for before the next turn of the event loop. */
  get current(): OpenDeployment | undefined {
    return this.#deployed
  }

  /** Looks at once what is deployed. */
  refresh(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    clearTimeout(this.#timer)
    this.#look ??= this.#update()
      .catch((error: unknown) => {
        this.failures++
        this.#options.onFailure?.(error)
      })
      .finally(() => {
        this.#look = undefined
        if (!this.#closed) this.#timer = setTimeout(() => void this.refresh(), POLL_MS).unref()
      })
    return this.#look
  }

  async #update(): Promise<void> {
    const { model, deployments, threadsMax } = this.#options
    const wanted = await deployments.current(model)
    const present = this.#deployed
    if (wanted === undefined) return this.#replace(undefined)
    if (wanted.version === present?.version && wanted.sha256 === present.sha256) return
    if (this.#broken?.version === wanted.version && performance.now() < this.#broken.retryAt) return
    try {
      const scorer = await openScorer(await deployments.load(wanted.sha256), { features: wanted.features, threadsMax })
      this.#broken = undefined
      this.#replace({ ...wanted, scorer })
    } catch (error) {
      this.#broken = { version: wanted.version, retryAt: performance.now() + RETRY_MS }
      throw error
    }
  }

  #replace(next: OpenDeployment | undefined): void {
    const before = this.#deployed
    if (this.#closed) void next?.scorer.close()
    if (this.#closed || next === before) return
    this.#deployed = next
    this.#options.onSwitch?.(next)
    void before?.scorer.close()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#look
    const before = this.#deployed
    this.#deployed = undefined
    await before?.scorer.close()
  }
}
