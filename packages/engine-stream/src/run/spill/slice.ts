import type { KeptPage, StatePage } from '../../operator/state-page.ts'
import type { OperatorMeta, OperatorRunner } from '../operator-runner.ts'
import type { SliceInbox } from './slice-inbox.ts'

/** About the bytes in memory for a byte of a state page: pages are packed, and tables have room to grow. */
const MEMORY_PER_PAGE_BYTE = 6
/** About the bytes of an operator's objects, and of its tables without rows. */
const EMPTY_BYTES = 16_384

/** A part of an operator's keys: at work in memory, or as pages in the state store with the rows that came since. */
export class Slice {
  readonly ordinal: number
  readonly inbox: SliceInbox
  runner: OperatorRunner | undefined
  /** What its runner left behind when it was put away. */
  meta: OperatorMeta = {}
  /** Steps up to this one have been taken. */
  step = 0
  /** The least progress at which its runner, put away, has something to do. */
  due = Number.POSITIVE_INFINITY
  /** Bytes of rows that it took in since its pages were last taken. */
  fresh = 0
  /** Bytes of its pages. */
  pageBytes = 0
  /** Windows that its former runners fired. */
  #windowsFired = 0
  #sizes = new Map<string, number>()

  constructor(ordinal: number, inbox: SliceInbox) {
    this.ordinal = ordinal
    this.inbox = inbox
  }

  /** Whether it has never held anything, or nothing is left of it. */
  get empty(): boolean {
    return this.runner === undefined && this.pageBytes === 0 && this.inbox.bytes === 0 && Object.keys(this.meta).length === 0
  }

  /** About the bytes that it takes in memory, or would. */
  get memory(): number {
    return EMPTY_BYTES + (this.runner === undefined ? this.pageBytes * MEMORY_PER_PAGE_BYTE : this.runner.bytes)
  }

  /** Windows that it fired. */
  get windowsFired(): number {
    return this.#windowsFired + (this.runner?.counters.windowsFired ?? 0)
  }

  set windowsFired(windows: number) {
    this.#windowsFired = windows
  }

  /** Gives it a runner, filled from its pages. */
  wake(runner: OperatorRunner, pages: readonly KeptPage[]): void {
    this.#sizes = new Map(pages.map(({ key, value }) => [key, value.length]))
    this.#measure()
    runner.restore(this.meta, pages)
    this.runner = runner
  }

  /** The pages that changed, of a runner in memory. */
  *takePages(): Generator<StatePage> {
    for (const page of this.runner?.takePages() ?? []) {
      if (page.value === undefined) this.#sizes.delete(page.key)
      else this.#sizes.set(page.key, page.value.length)
      yield page
    }
    this.#measure()
    this.fresh = 0
  }

  #measure(): void {
    this.pageBytes = 0
    for (const bytes of this.#sizes.values()) this.pageBytes += bytes
  }

  /** Lets the runner go, whose pages were taken at `step`. */
  sleep(step: number): void {
    if (this.runner === undefined) return
    this.meta = this.runner.meta
    this.due = this.runner.dueAt ?? Number.NEGATIVE_INFINITY
    this.step = step
    this.#windowsFired += this.runner.counters.windowsFired
    this.runner = undefined
    this.#sizes = new Map()
    this.fresh = 0
  }
}
