import { setTimeout as sleep } from 'node:timers/promises'
import { type PostOutcome, post, type RetryDelay, retryDelayMs } from '@millrace/connect'
import { type ClaimedMessage, claimDue, jsonText, pruneOutbox, type Settlement, type Store, settle } from '@millrace/store'

/** Where messages of one name go. */
export interface Destination {
  /** As messages name it. */
  readonly name: string
  readonly url: string
  /** Signs the bodies. */
  readonly secret?: string
}

export interface DelivererLimits {
  /** Requests to one destination at a time. */
  readonly requestsMax: number
  readonly requestMsMax: number
  /** What a claim lasts beyond the longest request: time to note the outcome. */
  readonly noteMsMax: number
  readonly retry: RetryDelay
  /** A message that was refused so often is failed for good. */
  readonly refusalsMax: number
  /** A message that could not be delivered is failed for good after so many tries, and not before it is this old. */
  readonly attemptsMax: number
  readonly patienceMs: number
  /** How often the table is looked at when nobody says that there is something new. */
  readonly pollMs: number
  /** Time that requests under way get when stopped. */
  readonly stopMsMax: number
  readonly pruneEveryMs: number
}

const LIMITS: DelivererLimits = {
  requestsMax: 4,
  requestMsMax: 10_000,
  noteMsMax: 5_000,
  retry: { firstMs: 500, msMax: 30_000 },
  refusalsMax: 8,
  attemptsMax: 50,
  patienceMs: 86_400_000,
  pollMs: 1_000,
  stopMsMax: 1_000,
  pruneEveryMs: 3_600_000,
}

/** How a destination fares since the start. */
export interface DestinationStatus {
  readonly destination: string
  readonly delivered: number
  readonly failed: number
  /** Unsuccessful tries in a row over all messages; 0 when it answers. */
  readonly failures: number
  readonly lastError: string | undefined
}

export interface DelivererOptions {
  readonly store: Pick<Store, 'db'>
  readonly env: string
  readonly destinations: readonly Destination[]
  readonly limits?: Partial<DelivererLimits>
}

/**
 * Sends what waits in the outbox: at least once, with the message's id as `Idempotency-Key`. Each destination has a lane of its own, so
 * one that is dead or hangs holds up no other.
 *
 * @example
 * const deliverer = new Deliverer({ store, env: 'dev', destinations: [{ name: 'attacks/0', url: 'https://…' }] })
 * deliverer.start()
 * await deliverer.stop()
 */
export class Deliverer {
  readonly #options: DelivererOptions
  readonly #limits: DelivererLimits
  readonly #stopping = new AbortController()
  readonly #lanes: readonly Lane[]
  #running: Promise<unknown> | undefined

  constructor(options: DelivererOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    const { signal } = this.#stopping
    this.#lanes = options.destinations.map((destination) => new Lane({ ...options, destination, limits: this.#limits, stopping: signal }))
  }

  /** Begins to deliver; what waits from before goes first. */
  start(): void {
    this.#running ??= Promise.all([...this.#lanes.map((lane) => lane.run()), this.#prune()])
  }

  /** Says that there is something new, so that it need not wait for the next look. */
  wake(): void {
    for (const lane of this.#lanes) lane.wake()
  }

  get status(): readonly DestinationStatus[] {
    return this.#lanes.map((lane) => lane.status)
  }

  /** Lets requests under way end for a moment, gives the rest up, and leaves. What was not delivered waits for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.wake()
    await this.#running
  }

  async #prune(): Promise<void> {
    const { store, env } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      // What is not forgotten now is forgotten the next time.
      await pruneOutbox(store.db, { env }).catch(() => {})
      await sleep(this.#limits.pruneEveryMs, undefined, { signal }).catch(() => {})
    }
  }
}

interface LaneOptions extends DelivererOptions {
  readonly destination: Destination
  readonly limits: DelivererLimits
  readonly stopping: AbortSignal
}

/** The messages of one destination. After a failure a single one is tried, until one comes through. */
class Lane {
  readonly #options: Omit<LaneOptions, 'limits'>
  readonly #limits: DelivererLimits
  readonly #underWay = new Set<Promise<void>>()
  readonly #giveUp = new AbortController()
  #wake = Promise.withResolvers<void>()
  #pausedUntil = 0
  #delivered = 0
  #failed = 0
  #failures = 0
  #lastError: string | undefined

  constructor({ limits, ...options }: LaneOptions) {
    this.#options = options
    this.#limits = limits
  }

  get status(): DestinationStatus {
    return {
      destination: this.#options.destination.name,
      delivered: this.#delivered,
      failed: this.#failed,
      failures: this.#failures,
      lastError: this.#lastError,
    }
  }

  wake(): void {
    this.#wake.resolve()
  }

  async run(): Promise<void> {
    const { stopping } = this.#options
    while (!stopping.aborted) {
      this.#wake = Promise.withResolvers()
      const pauseMs = this.#pausedUntil - performance.now()
      const started = pauseMs > 0 ? 0 : await this.#startSome()
      if (started === 0 && !stopping.aborted) await this.#wait(Math.max(pauseMs, 0) || this.#limits.pollMs)
    }
    const late = setTimeout(() => this.#giveUp.abort(), this.#limits.stopMsMax)
    await Promise.all(this.#underWay)
    clearTimeout(late)
  }

  /** Claims as many messages as there is room for and begins to send them. */
  async #startSome(): Promise<number> {
    const { store, env, destination } = this.#options
    const { requestsMax, requestMsMax, noteMsMax } = this.#limits
    const limit = (this.#failures > 0 ? 1 : requestsMax) - this.#underWay.size
    if (limit <= 0) return 0
    try {
      const claimed = await claimDue(store.db, { env, destination: destination.name, limit, leaseMs: requestMsMax + noteMsMax })
      for (const message of claimed) {
        const sending = this.#send(message).finally(() => {
          this.#underWay.delete(sending)
          this.wake()
        })
        this.#underWay.add(sending)
      }
      return claimed.length
    } catch (error) {
      this.#noteFailure((error as Error).message, 0)
      return 0
    }
  }

  async #send(message: ClaimedMessage): Promise<void> {
    const { url, secret } = this.#options.destination
    const noteUntil = performance.now() + this.#limits.requestMsMax + this.#limits.noteMsMax
    const outcome = await post({
      url,
      secret,
      body: jsonText(message.payload),
      contentType: 'application/json',
      idempotencyKey: message.id,
      timeoutMs: this.#limits.requestMsMax,
      signal: this.#giveUp.signal,
    })
    await this.#note(message, this.#settlement(message, outcome), noteUntil)
  }

  #settlement(message: ClaimedMessage, outcome: PostOutcome): Settlement {
    if (outcome.kind === 'accepted') {
      this.#failures = 0
      this.#lastError = undefined
      this.#delivered++
      return { kind: 'delivered' }
    }
    const { error } = outcome
    if (this.#giveUp.signal.aborted) return { kind: 'again', error: 'stopped while it was sent', afterMs: 0, refused: false }
    const refused = outcome.kind === 'refused'
    if (refused ? message.refusals + 1 >= this.#limits.refusalsMax : this.#isHopeless(message)) {
      this.#failed++
      this.#lastError = error
      return { kind: 'failed', error }
    }
    const askedMs = outcome.kind === 'unavailable' ? (outcome.afterMs ?? 0) : 0
    const tries = refused ? message.refusals + 1 : message.attempts
    const afterMs = Math.max(askedMs, retryDelayMs(tries, this.#limits.retry))
    // A refusal is about the message; the others need not wait.
    if (refused) this.#lastError = error
    else this.#noteFailure(error, askedMs)
    return { kind: 'again', error, afterMs, refused }
  }

  #isHopeless({ attempts, ageMs }: ClaimedMessage): boolean {
    return attempts >= this.#limits.attemptsMax && ageMs >= this.#limits.patienceMs
  }

  #noteFailure(error: string, askedMs: number): void {
    this.#failures++
    this.#lastError = error
    this.#pausedUntil = performance.now() + Math.max(askedMs, retryDelayMs(this.#failures, this.#limits.retry))
  }

  /** A delivery that could not be noted would be made again, so noting is tried as long as the claim lasts. */
  async #note(message: ClaimedMessage, outcome: Settlement, noteUntil: number): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await settle(this.#options.store.db, message, outcome)
        return
      } catch (error) {
        const delayMs = retryDelayMs(tries, this.#limits.retry)
        if (this.#giveUp.signal.aborted || performance.now() + delayMs > noteUntil) {
          this.#noteFailure((error as Error).message, 0)
          return
        }
        await sleep(delayMs)
      }
    }
  }

  async #wait(ms: number): Promise<void> {
    const over = new AbortController()
    await Promise.race([this.#wake.promise, sleep(ms, undefined, { signal: over.signal }).catch(() => {})])
    over.abort()
  }
}
