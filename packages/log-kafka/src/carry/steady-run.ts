import { setTimeout as sleep } from 'node:timers/promises'
import { MillraceError } from '@millrace/core'

/** How something that carries records is doing. */
export interface CarrierStatus {
  /** `refused`: what is asked makes no sense as it is, and is not tried again. */
  readonly state: 'starting' | 'running' | 'retrying' | 'refused' | 'stopped'
  /** Records that were carried since the start of this process. */
  readonly records: number
  /** Failures since the last success. */
  readonly failures: number
  readonly lastError: string | undefined
}

/** A piece of work that is opened, done step by step, and closed, as often as needed. */
export interface Carrier {
  open(): Promise<void>
  /** Records that were carried; undefined when there was nothing to carry. */
  step(): Promise<number | undefined>
  close(): Promise<void>
}

const IDLE_MS = 20
const RETRY_MS = 200
const RETRY_MS_MAX = 3_000

/** Failures that stand for a decision of a person, whenever they come. */
const FINAL: ReadonlySet<string> = new Set([
  'kafka/partitions-differ',
  'kafka/compacted',
  'kafka/not-compacted',
  'kafka/other-log',
  'kafka/other-form',
  'kafka/positions-lost',
  'kafka/topic-recreated',
  'kafka/topic-ended',
  'kafka/bad-record',
])

/**
 * Does the steps of a carrier until it is told to stop. Failures are waited out, longer each time. One that the user can mend ends the run when
 * it comes before anything has gone well: a broker that restarts says much that is not so.
 */
export class SteadyRun {
  readonly #carrier: Carrier
  #state: CarrierStatus['state'] = 'starting'
  #records = 0
  #failures = 0
  #hasWorked = false
  #lastError: Error | undefined

  constructor(carrier: Carrier) {
    this.#carrier = carrier
  }

  get status(): CarrierStatus {
    return { state: this.#state, records: this.#records, failures: this.#failures, lastError: this.#lastError?.message }
  }

  /** What refused the work for good. */
  get refusal(): Error | undefined {
    return this.#state === 'refused' ? this.#lastError : undefined
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#state !== 'refused') {
      try {
        await this.#carrier.open()
        while (!signal.aborted) {
          const carried = await this.#carrier.step()
          this.#noteSuccess(carried ?? 0)
          if (carried === undefined) await pause(IDLE_MS, signal)
        }
      } catch (error) {
        this.#note(error as Error)
      } finally {
        await this.#carrier.close().catch((error: Error) => {
          this.#lastError ??= error
        })
      }
      if (this.#state === 'retrying') await pause(Math.min(RETRY_MS * 2 ** (this.#failures - 1), RETRY_MS_MAX), signal)
    }
    if (this.#state !== 'refused') this.#state = 'stopped'
  }

  #noteSuccess(carried: number): void {
    this.#records += carried
    this.#state = 'running'
    this.#failures = 0
    this.#hasWorked = true
    this.#lastError = undefined
  }

  #note(error: Error): void {
    this.#failures++
    this.#lastError = error
    const isUsers = error instanceof MillraceError && (FINAL.has(error.code) || (error.family !== 'operating' && !this.#hasWorked))
    this.#state = isUsers ? 'refused' : 'retrying'
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
