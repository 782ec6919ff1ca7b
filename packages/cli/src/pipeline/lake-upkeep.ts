import { setTimeout as sleep } from 'node:timers/promises'
import { MillraceError, type TableName } from '@millrace/core'
import type { Lake } from '@millrace/lake'
import type { UpkeepRules } from '../project/upkeep-rules.ts'
import { netChanges } from '../query/current-rows.ts'
import type { TableSpec } from './table-spec.ts'

/** Tables are looked at this often. */
const EVERY_MS = 10_000
/** Bytes of files that one commit replaces, so that it is short. */
const STEP_BYTES_MAX = 64 * 1024 ** 2
/** Commits to one table in a row. */
const STEPS_MAX = 8
/** Programs that know nothing of our holds have so long to read a snapshot. */
const SNAPSHOT_AGE_MS_MIN = 10 * 60_000
const INTERRUPT_EVERY_MS = 50
/** Commits of rows may come first in so many rounds before it is a failure. */
const CONTENDED_ROUNDS_MAX = 30
/** Files that nothing names are looked for this often, and stay for as long. */
const SWEEP_EVERY_MS = 3_600_000

export interface KeptTable {
  readonly name: TableName
  readonly spec: TableSpec
  readonly rules: UpkeepRules
}

export interface LakeUpkeepOptions {
  /** One of its own, so that no commit of rows waits for its writer. */
  readonly lake: Lake
  readonly tables: readonly KeptTable[]
  /** A failure; the table is tried again in the next round. */
  readonly onTrouble: (table: string, code: string, message: string) => void
  readonly everyMs?: number
  readonly snapshotAgeMsMin?: number
}

/**
 * Keeps tables small while they are written: puts small files together, condenses changes of corrected rows, drops old snapshots, and sweeps what
 * nothing names. Each step is a commit of its own on top of whatever rows came meanwhile, and waits for none.
 */
export class LakeUpkeep {
  readonly #options: LakeUpkeepOptions
  readonly #stopping = new AbortController()
  readonly #seen = new Map<string, number>()
  readonly #told = new Map<string, string>()
  /** By table: rounds in a row in which commits of rows came first. */
  readonly #contended = new Map<string, number>()
  #sweptAt = performance.now()
  #running: Promise<void> | undefined

  constructor(options: LakeUpkeepOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Breaks off what is under way, and is done when nothing is. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const ended = Promise.resolve(this.#running).then(() => true)
    // What was about to begin when it was interrupted is interrupted again.
    do await this.#options.lake.interrupt()
    while (!(await Promise.race([ended, sleep(INTERRUPT_EVERY_MS, false)])))
  }

  /** Looks at every table once. */
  async round(): Promise<void> {
    const sweeps = performance.now() - this.#sweptAt >= SWEEP_EVERY_MS
    if (sweeps) this.#sweptAt = performance.now()
    for (const table of this.#options.tables) {
      if (this.#isStopping) return
      const failure = await this.#keep(table, sweeps).then(
        () => undefined,
        (error: unknown) => error,
      )
      this.#tell(table.spec.name, this.#isOutrun(table.spec.name, failure) ? undefined : failure)
    }
  }

  /** Whether rows were committed faster than files could be replaced, which is nobody's failure while it does not last. */
  #isOutrun(table: string, failure: unknown): boolean {
    const isContended = failure instanceof MillraceError && failure.code === 'lake/commit-contended'
    const rounds = isContended ? (this.#contended.get(table) ?? 0) + 1 : 0
    this.#contended.set(table, rounds)
    return isContended && rounds <= CONTENDED_ROUNDS_MAX
  }

  /** A failure that stays is told once. */
  #tell(table: string, failure: unknown): void {
    if (failure === undefined || this.#isStopping) {
      this.#told.delete(table)
      return
    }
    const text = failure instanceof Error ? failure.message : String(failure)
    if (this.#told.get(table) === text) return
    this.#told.set(table, text)
    this.#options.onTrouble(table, failure instanceof MillraceError ? failure.code : 'lake/upkeep', text)
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await sleep(this.#options.everyMs ?? EVERY_MS, undefined, { signal }).catch(() => {})
      if (!signal.aborted) await this.round()
    }
  }

  async #keep({ name, spec, rules }: KeptTable, sweeps: boolean): Promise<void> {
    const { lake, snapshotAgeMsMin = SNAPSHOT_AGE_MS_MIN } = this.#options
    const current = await lake.current(name)
    if (current === undefined) return
    if (rules.compact !== undefined && this.#seen.get(spec.name) !== current.id) {
      const settled = await this.#compact({ name, spec, rules }, rules.compact)
      if (settled !== undefined) this.#seen.set(spec.name, settled)
    }
    if (!this.#isStopping) await lake.expire(name, { before: Date.now() - snapshotAgeMsMin, keepLast: rules.keepSnapshots })
    if (sweeps && !this.#isStopping) await lake.sweepOrphans(name, { ageMsMin: SWEEP_EVERY_MS })
  }

  /** Rewrites files until nothing is left to do, or it is another table's turn; the snapshot on which nothing is left. */
  async #compact({ name, spec, rules }: KeptTable, limits: NonNullable<UpkeepRules['compact']>): Promise<number | undefined> {
    const { lake } = this.#options
    for (let step = 0; step < STEPS_MAX && !this.#isStopping; step++) {
      const before = (await lake.current(name))?.id
      const made =
        (await this.#condense({ name, spec, rules }, limits)) ?? (await lake.compact(name, { ...limits, bytesMax: STEP_BYTES_MAX }))
      if (made === undefined) return spec.corrected ? undefined : before
    }
    return undefined
  }

  async #condense({ name, spec, rules }: KeptTable, { filesMin }: NonNullable<UpkeepRules['compact']>): Promise<unknown> {
    if (!spec.corrected) return undefined
    return this.#options.lake.condense(name, {
      rows: (all, columns) => netChanges(spec, all, columns),
      before: Date.now() - rules.keepChangesMs,
      filesMin,
    })
  }
}
