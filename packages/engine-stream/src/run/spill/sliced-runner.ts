import type { Frame } from '../../operator/frame.ts'
import type { KeptPage, StatePage } from '../../operator/state-page.ts'
import { bytesOfColumns } from '../../operator/window/growable.ts'
import { addCounters, newWindowCounters, type WindowCounters } from '../../operator/window-counters.ts'
import type { InputTarget } from '../input-runner.ts'
import type { OperatorMeta, OperatorRunner } from '../operator-runner.ts'
import { Slice } from './slice.ts'
import { type ArrivedRows, SliceInbox } from './slice-inbox.ts'
import { decodeIndex, encodeIndex, type ProgressStep } from './slice-index.ts'
import type { SliceInput } from './slice-plan.ts'
import { frameOfColumns, SLICES, splitRows } from './slice-rows.ts'

/** The page that says that an operator lies in slices. */
export const INDEX_KEY = 'slices'

/** Share of the budget down to which slices are put away, and up to which they are woken. */
const FULL_SHARE = 0.75
/** Share of the budget whose rows are written down at once. */
const FRESH_SHARE = 0.25
const FRESH_BYTES_MIN = 1024 * 1024
/** Bytes of pages that wait for a commit before the next slice is looked at; less where the budget is. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024
/** Rows given that wait for a commit before the next slice is looked at. */
const PENDING_ROWS_MAX = 65_536
/** Steps of progress that slices which are put away have not taken. */
const STEPS_MAX = 1024
/** Longest wait for something that is due, unless looking at the slices takes longer. */
const DUE_MS = 250

/** The pages of slices that are not in memory. */
export interface SliceStore {
  pages(prefix: string): Iterable<KeptPage>
}

export interface SlicedOptions {
  readonly inputs: readonly SliceInput[]
  readonly create: () => OperatorRunner
  /** Bytes that the slices in memory may take, about. */
  readonly budgetBytes: number
  readonly store: SliceStore
  /** Milliseconds; without it what is due waits until nothing else is to be done. */
  readonly clock: (() => number) | undefined
}

/**
 * An operator whose state may be larger than memory: its keys are cut into slices, each an operator of its own.
 * 1. Rows go to the slice of their key's hash. A slice in memory takes them at once.
 * 2. With a commit, slices are put away until the others fit the budget: what is left of one is its pages.
 * 3. Rows of a slice that was put away are written down for it. It is woken when there is room, or in a _pass_: one slice after the
 *    other is woken, takes its rows and the progress made since, each step as it came, and is put away again.
 * 4. A pass begins when there is nothing else to be done, when something has been due for long, and when the rows written down are
 *    as many as what was put away: so a byte of state is read and written once for about a byte of rows.
 * 5. Progress is that of the last pass where something was due since: what comes out later is later for those behind, too.
 * What comes out is what the operator in one piece gives, for that depends on the set of its rows alone.
 */
export class SlicedRunner implements OperatorRunner {
  readonly targets: readonly InputTarget[]
  readonly #options: SlicedOptions
  readonly #slices: readonly Slice[]
  /** Holds no rows; tells how progress goes on behind the operator. */
  readonly #guide: OperatorRunner
  readonly #base: WindowCounters = newWindowCounters()
  #step = 0
  /** What comes in one epoch came at one time. */
  #epoch = 0
  #wanted: ProgressStep
  #completed: ProgressStep
  #steps: ProgressStep[] = []
  /** Pages that wait for a commit, by key. */
  #waiting = new Map<string, StatePage>()
  #waitingBytes = 0
  /** The slice that a pass looks at next. */
  #passAt: number | undefined
  #passAll = false
  #passWanted: ProgressStep
  #dueSince: number | undefined
  #passMs = 0
  #evictAt = 0
  #finishAt = 0

  constructor(options: SlicedOptions) {
    this.#options = options
    this.#slices = Array.from({ length: SLICES }, (_, ordinal) => new Slice(ordinal, new SliceInbox(options.inputs)))
    this.#guide = options.create()
    this.#wanted = { step: 0, progress: options.inputs.map(() => Number.NEGATIVE_INFINITY), availableAt: 0 }
    this.#completed = this.#wanted
    this.#passWanted = this.#wanted
    this.targets = options.inputs.map((_, input) => ({
      push: (frame, ingestedAt) => this.#push(input, frame, ingestedAt),
      late: null,
    }))
  }

  #push(input: number, frame: Frame, ingestedAt: number): void {
    if (frame.count === 0) return
    const at = { step: ++this.#step, epoch: this.#epoch, ingestedAt }
    let room = this.#options.budgetBytes * FULL_SHARE - this.#memory
    for (const { slice: ordinal, rows, columns } of splitRows(frame, this.#options.inputs[input])) {
      const slice = this.#slices[ordinal]
      if (slice.runner === undefined && slice.memory <= room) {
        room -= slice.memory
        this.#wake(slice)
      }
      if (slice.runner !== undefined) this.#give(slice, { input, rows, columns, ...at })
      else slice.inbox.add(input, { rows, columns }, at)
    }
  }

  #give(slice: Slice, { input, rows, columns, ingestedAt }: ArrivedRows): void {
    const frame = frameOfColumns(rows, columns, this.#options.inputs[input])
    slice.fresh += bytesOfColumns(columns)
    slice.runner?.targets[input].push(frame, ingestedAt)
  }

  get #awake(): Slice[] {
    return this.#slices.filter(({ runner }) => runner !== undefined)
  }

  get #memory(): number {
    let bytes = 0
    for (const slice of this.#slices) if (slice.runner !== undefined) bytes += slice.memory
    return bytes
  }

  /** Brings a slice to where the others are. */
  #wake(slice: Slice): void {
    const prefix = `${slice.ordinal}/`
    const stored = slice.pageBytes > 0 ? this.#pagesUnder(`${prefix}page/`) : []
    const written = slice.inbox.bytes > slice.inbox.waitingBytes ? this.#pagesUnder(`${prefix}inbox/`) : []
    for (const { key } of written) this.#put({ key: `${prefix}inbox/${key}`, value: undefined })
    const runner = this.#options.create()
    slice.wake(runner, stored)
    this.#replay(slice, slice.inbox.drain(written))
  }

  /** Pages of the store as they will be with the next commit; keys are what comes after the prefix. */
  #pagesUnder(prefix: string): KeptPage[] {
    const pages = new Map<string, KeptPage>()
    for (const { key, value } of this.#options.store.pages(prefix)) pages.set(key, { key, value })
    for (const { key, value } of this.#waiting.values()) {
      if (!key.startsWith(prefix)) continue
      if (value === undefined) pages.delete(key)
      else pages.set(key, { key, value })
    }
    return [...pages.values()].map(({ key, value }) => ({ key: key.slice(prefix.length), value }))
  }

  #put(page: StatePage): void {
    this.#waitingBytes += (page.value?.length ?? 0) - (this.#waiting.get(page.key)?.value?.length ?? 0)
    this.#waiting.set(page.key, page)
  }

  /** Lets a slice take what came while it was put away, as it came. */
  #replay(slice: Slice, arrived: readonly ArrivedRows[]): void {
    const runner = slice.runner as OperatorRunner
    const steps = this.#steps.filter(({ step }) => step > slice.step)
    let next = 0
    let epoch: number | undefined
    for (const rows of arrived) {
      while (next < steps.length && steps[next].step < rows.step) this.#advanceOne(runner, steps[next++])
      if (rows.epoch !== epoch) runner.settle?.()
      epoch = rows.epoch
      this.#give(slice, rows)
    }
    if (epoch !== this.#epoch) runner.settle?.()
    while (next < steps.length) this.#advanceOne(runner, steps[next++])
    this.#advanceOne(runner, this.#wanted)
    slice.step = this.#step
  }

  #advanceOne(runner: OperatorRunner, { progress, availableAt }: ProgressStep): void {
    if (progress.some((one) => one > Number.NEGATIVE_INFINITY)) runner.advance(progress, availableAt)
  }

  /** Puts a slice away; its pages wait for the next commit. */
  #sleep(slice: Slice): void {
    const { runner } = slice
    if (runner === undefined) return
    runner.flush()
    runner.compact()
    this.#takeSlicePages(slice)
    this.#leave(slice)
  }

  /** Lets a slice's runner go, and keeps its figures. */
  #leave(slice: Slice): void {
    if (slice.runner !== undefined) addCounters(this.#base, slice.runner.counters)
    slice.sleep(this.#step)
  }

  #takeSlicePages(slice: Slice): void {
    for (const { key, value } of slice.takePages()) this.#put({ key: `${slice.ordinal}/page/${key}`, value })
  }

  settle(): void {
    this.#epoch++
    for (const { runner } of this.#awake) runner?.settle?.()
  }

  advance(inputs: readonly number[], availableAt: number): void {
    if (inputs.some((one, input) => one > this.#wanted.progress[input])) {
      this.#wanted = { step: ++this.#step, progress: [...inputs], availableAt }
      for (const { runner } of this.#awake) runner?.advance(inputs, availableAt)
      this.#steps.push(this.#wanted)
    }
    if (this.#isDue()) {
      this.#dueSince ??= this.#options.clock?.()
      if (this.#passAt === undefined && this.#isPressing()) this.#beginPass()
    } else if (this.#passAt === undefined) {
      if (this.#isFull()) this.#beginPass()
      else this.#complete(this.#wanted)
    }
  }

  /** Whether a slice that was put away has something to do. */
  #isDue(): boolean {
    const progress = Math.max(...this.#wanted.progress)
    return this.#slices.some((slice) => this.#isDueAt(slice, progress))
  }

  #isDueAt({ runner, due, step, inbox }: Slice, progress: number): boolean {
    if (runner !== undefined) return false
    return (due <= progress && step < this.#wanted.step) || (inbox.bytes > 0 && inbox.due <= progress)
  }

  #isPressing(): boolean {
    if (this.#steps.length >= STEPS_MAX || this.#isFull()) return true
    const since = this.#dueSince
    return since !== undefined && (this.#options.clock as () => number)() - since > Math.max(DUE_MS, 2 * this.#passMs)
  }

  #isFull(): boolean {
    let rows = 0
    let put = 0
    for (const { runner, inbox, pageBytes } of this.#slices) {
      rows += inbox.bytes
      if (runner === undefined) put += pageBytes
    }
    return rows > Math.max(this.#options.budgetBytes, put)
  }

  #beginPass(): void {
    this.#passAt = 0
    this.#passMs = 0
    this.#passAll = this.#isFull()
    this.#passWanted = this.#wanted
  }

  /** Looks at slices until there is enough for a commit. What comes together with what it took before must not come any more. */
  goOn(): void {
    if (this.#passAt === undefined) return
    const began = this.#options.clock?.() ?? 0
    const progress = Math.max(...this.#wanted.progress)
    let memory = this.#memory
    for (; this.#passAt !== undefined && !this.#isLaden; this.#passAt = this.#passAt < SLICES - 1 ? this.#passAt + 1 : undefined) {
      const slice = this.#slices[this.#passAt]
      const full = this.#passAll && slice.runner === undefined && slice.inbox.bytes > 0
      if (!full && !this.#isDueAt(slice, progress)) continue
      this.#wake(slice)
      if (memory + slice.memory > this.#options.budgetBytes * FULL_SHARE) this.#sleep(slice)
      else memory += slice.memory
    }
    this.#passMs += (this.#options.clock?.() ?? 0) - began
    if (this.#passAt === undefined) this.#complete(this.#isDue() ? this.#passWanted : this.#wanted)
  }

  /** All slices have taken this progress, or have nothing to do with it. */
  #complete(reached: ProgressStep): void {
    const progress = Math.max(...this.#wanted.progress)
    let least = this.#step
    for (const slice of this.#slices) {
      if (slice.runner !== undefined) continue
      if (this.#isDueAt(slice, progress)) least = Math.min(least, slice.step)
      else slice.step = this.#step
    }
    this.#steps = this.#steps.filter(({ step }) => step > least)
    this.#dueSince = undefined
    if (reached.step <= this.#completed.step) return
    this.#completed = reached
    this.#advanceOne(this.#guide, reached)
  }

  /** Begins a pass that takes up every row that waits for its slice. */
  takeUp(): void {
    this.#beginPass()
    this.#passAll = true
  }

  /** Begins a pass where something is due; true while there is something to do. */
  catchUp(): boolean {
    if (this.#passAt === undefined && this.#isDue()) this.#beginPass()
    return this.#passAt !== undefined
  }

  get passing(): boolean {
    return this.#passAt !== undefined
  }

  /** Whether so much waits for a commit that nothing more should be done before it. */
  get #isLaden(): boolean {
    return this.#waitingBytes > Math.min(WAITING_BYTES_MAX, this.#options.budgetBytes) || this.pendingRows > PENDING_ROWS_MAX
  }

  /** Whether what it holds should be written down at once. */
  get mustCommit(): boolean {
    if (this.#isLaden || this.#memory > this.#options.budgetBytes) return true
    let fresh = 0
    for (const slice of this.#slices) fresh += slice.fresh + slice.inbox.waitingBytes
    return fresh > Math.max(FRESH_BYTES_MIN, this.#options.budgetBytes * FRESH_SHARE)
  }

  progress(): number {
    return this.#guide.progress(this.#completed.progress)
  }

  finishSome(availableAt: number): boolean {
    for (; this.#finishAt < SLICES; this.#finishAt++) {
      const slice = this.#slices[this.#finishAt]
      if (slice.empty) continue
      if (slice.runner === undefined) this.#wake(slice)
      const runner = slice.runner as OperatorRunner
      const open = runner.finishSome(availableAt)
      runner.flush()
      if (open) return true
      this.#leave(slice)
      this.#finishAt++
      return true
    }
    return false
  }

  flush(): void {
    for (const { runner } of this.#awake) runner?.flush()
  }

  compact(): void {
    for (const { runner } of this.#awake) runner?.compact()
  }

  get pendingRows(): number {
    let rows = 0
    for (const { runner } of this.#slices) rows += runner?.pendingRows ?? 0
    return rows
  }

  get counters(): WindowCounters {
    const sum = newWindowCounters()
    addCounters(sum, this.#base)
    for (const { runner } of this.#awake) if (runner !== undefined) addCounters(sum, runner.counters)
    return { ...sum, windowsFired: this.#slices.reduce((most, slice) => Math.max(most, slice.windowsFired), 0) }
  }

  get bytes(): number {
    return this.#memory
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    const sizes = this.#awake.map(({ runner }) => (runner as OperatorRunner).tableSizes)
    return { keys: sizes.reduce((sum, { keys }) => sum + keys, 0), values: sizes.reduce((sum, { values }) => sum + values, 0) }
  }

  *takePages(): Generator<StatePage> {
    this.#makeRoom()
    for (const slice of this.#awake) {
      this.#takeSlicePages(slice)
      slice.step = this.#step
    }
    for (const { ordinal, inbox } of this.#slices)
      for (const { key, value } of inbox.takePages()) this.#put({ key: `${ordinal}/${key}`, value })
    for (const page of this.#waiting.values()) yield { ...page, apart: true }
    this.#waiting = new Map()
    this.#waitingBytes = 0
    const { counters } = this
    const index = { step: this.#step, epoch: this.#epoch, wanted: this.#wanted, completed: this.#completed, steps: this.#steps, counters }
    yield { key: INDEX_KEY, value: encodeIndex(index, this.#slices) }
  }

  /** Puts slices away until the others take less than the budget. */
  #makeRoom(): void {
    const { budgetBytes } = this.#options
    let memory = this.#memory
    if (memory <= budgetBytes) return
    for (let looked = 0; looked < SLICES && memory > budgetBytes * FULL_SHARE; looked++) {
      const slice = this.#slices[this.#evictAt++ % SLICES]
      if (slice.runner === undefined) continue
      memory -= slice.memory
      this.#sleep(slice)
    }
  }

  readonly meta: OperatorMeta = {}

  restore(_meta: OperatorMeta, pages: readonly KeptPage[]): void {
    const page = pages.find(({ key }) => key === INDEX_KEY)
    if (page === undefined) return
    const index = decodeIndex(page.value, this.#slices)
    this.#step = index.step
    this.#epoch = index.epoch
    this.#wanted = index.wanted
    this.#completed = index.completed
    this.#steps = [...index.steps]
    Object.assign(this.#base, index.counters)
    this.#advanceOne(this.#guide, this.#completed)
  }
}
