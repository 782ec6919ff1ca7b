import {
  addTotals,
  type FollowEvent,
  type FollowPositions,
  type FollowStep,
  IngestSession,
  type IngestStream,
  NO_TOTALS,
  type PreparedBlock,
  type WholeEvent,
  type WholeFile,
} from '@millrace/connect'
import type { EventLog, MillraceError } from '@millrace/core'
import type { FollowMessage } from './follow-message.ts'
import { encodeFollowState, type FollowState, followKey, readFollowState, wholeKey } from './follow-state.ts'

export interface FileIntakeOptions {
  readonly log: EventLog
  readonly stream: IngestStream
  readonly post: (message: FollowMessage) => void
}

/** Stamps the lines of one stream's files; a step of following is one transaction of the log. */
export class FileIntake {
  readonly #options: FileIntakeOptions
  readonly #session: IngestSession
  readonly #paths = new Map<string, string>()
  /** Splits of an earlier process that were not found again so far. */
  readonly #absent: Set<string>
  readonly #active = new Set<string>()
  #state: FollowState
  #found = false

  constructor(options: FileIntakeOptions) {
    const { log, stream } = options
    const before = readFollowState(log, stream.topic)
    this.#options = options
    this.#session = new IngestSession(stream, before?.stamper, before?.decoder)
    this.#absent = new Set(Object.keys(before?.stamper.splits ?? {}))
    this.#found = this.wholeFiles().length > 0
    this.#state = before ?? { stamper: this.#session.stamper.state(), totals: NO_TOTALS }
  }

  get positions(): FollowPositions | undefined {
    return this.#state.positions
  }

  /** Whether any file was found. */
  get found(): boolean {
    return this.#found
  }

  /** Whether every file is read to its end. */
  get isThrough(): boolean {
    return this.#found && this.#active.size === 0
  }

  /** How far files are read that are read whole. */
  wholeFiles(): WholeFile[] {
    const { log, stream } = this.#options
    return [...log.entries(wholeKey(stream.topic, undefined))].map(
      ({ value }) => JSON.parse(Buffer.from(value).toString('utf8')) as WholeFile,
    )
  }

  /** Takes in what was found out of a file that is read whole; returns what is known of the file now. */
  async takeWhole(event: Exclude<WholeEvent, { kind: 'through' }>): Promise<WholeFile | undefined> {
    const ingestedAt = Date.now()
    if (event.kind === 'discovered') for (const file of event.files) this.#discover(file.split, file.path, file.lines > 0)
    if (event.kind === 'problem' || event.kind === 'failed')
      this.#tellProblem(event.kind === 'failed' ? event.file.path : event.path, event.error)
    if (event.kind === 'forgotten') return this.#forget(event.files)
    if (event.kind === 'discovered' || event.kind === 'problem') return this.#commit([], ingestedAt).then(() => undefined)
    let { file } = event
    let block: PreparedBlock | undefined
    if (event.kind === 'renewed') {
      this.#end(event.before.split)
      this.#discover(file.split, file.path, false)
    } else if (event.kind === 'part') {
      this.#leaveAbsent()
      block = this.#prepareWhole(event, ingestedAt)
      file = { ...file, lines: file.lines + block.lines }
    } else {
      const { [file.split]: decoder } = this.#session.decoderState
      file = { ...file, decoder }
      this.#end(file.split)
      this.#settle()
    }
    this.#state = { ...this.#state, stamper: this.#session.stamper.state(), decoder: this.#session.decoderState }
    await this.#commit(block === undefined ? [] : [block], ingestedAt, [file])
    this.#options.post({ kind: 'ingested', totals: this.#state.totals, watermark: this.#session.stamper.watermark, ingestedAt })
    return file
  }

  async #forget(files: readonly WholeFile[]): Promise<undefined> {
    const { log, stream } = this.#options
    await log.transact((transaction) => {
      for (const { path } of files) transaction.remove(wholeKey(stream.topic, path))
    })
  }

  #prepareWhole({ file, part }: Extract<WholeEvent, { kind: 'part' }>, ingestedAt: number): PreparedBlock {
    const { records } = part
    const at = { split: file.split, firstLine: file.lines + 1, ingestedAt }
    if (file.decoder !== undefined) this.#session.restore(file.split, file.decoder)
    const block = records.kind === 'block' ? this.#session.prepare(records.block, at) : this.#session.prepareDecoded(records.decoded, at)
    const { totals } = this.#state
    const bytes = records.kind === 'block' ? records.block.end - records.block.offset : 0
    this.#state = { ...this.#state, totals: addTotals(totals, block, { bytes: totals.bytes + bytes, sha256: '' }) }
    return block
  }

  /** Takes a step in; returns the bytes of its lines. */
  async take({ events, positions }: FollowStep): Promise<number> {
    const ingestedAt = Date.now()
    const prepared: PreparedBlock[] = []
    let { totals } = this.#state
    const bytesBefore = totals.bytes
    for (const event of events) {
      if (event.kind !== 'lines') {
        this.#note(event)
        continue
      }
      this.#leaveAbsent()
      const block = this.#session.prepare(event.block, { split: event.split, firstLine: event.firstLine, ingestedAt })
      totals = addTotals(totals, block, { bytes: totals.bytes + event.block.end - event.block.offset, sha256: '' })
      prepared.push(block)
    }
    this.#leaveAbsent()
    this.#settle()
    this.#state = { positions, stamper: this.#session.stamper.state(), decoder: this.#session.decoderState, totals }
    await this.#commit(prepared, ingestedAt)
    this.#options.post({ kind: 'ingested', totals, watermark: this.#session.stamper.watermark, ingestedAt })
    return totals.bytes - bytesBefore
  }

  #commit(prepared: readonly PreparedBlock[], ingestedAt: number, wholes: readonly WholeFile[] = []): Promise<void> {
    const topics = { rows: this.#options.stream.topic, deadLetters: this.#options.stream.deadLetterTopic }
    const state = encodeFollowState(this.#state)
    return this.#options.log.transact((transaction) => {
      for (const block of prepared) block.write(transaction, topics)
      for (const file of wholes) transaction.put(wholeKey(this.#options.stream.topic, file.path), Buffer.from(JSON.stringify(file)))
      this.#session.beat(transaction, { ingestedAt })
      transaction.put(followKey(this.#options.stream.topic), state)
    })
  }

  #note(event: Exclude<FollowEvent, { kind: 'lines' }>): void {
    switch (event.kind) {
      case 'discovered':
        this.#discover(event.split, event.path, event.resumed)
        return
      case 'caught-up':
        this.#active.delete(event.split)
        this.#session.stamper.idleSplit(event.split)
        return
      case 'ended':
        this.#end(event.split)
        return
      case 'problem':
        this.#tellProblem(event.path, event.error)
    }
  }

  #discover(split: string, path: string, resumed: boolean): void {
    this.#found = true
    this.#paths.set(split, path)
    this.#absent.delete(split)
    this.#active.add(split)
    this.#session.stamper.openSplit(split)
    this.#options.post({ kind: 'file', event: resumed ? 'resumed' : 'discovered', path, split })
  }

  #end(split: string): void {
    const { stamper } = this.#session
    this.#active.delete(split)
    stamper.endSplit(split)
    stamper.dropSplit(split)
    this.#session.forget(split)
    this.#options.post({ kind: 'file', event: 'ended', path: this.#paths.get(split) ?? split, split })
    this.#paths.delete(split)
  }

  #tellProblem(path: string, error: MillraceError): void {
    this.#options.post({ kind: 'problem', path, code: error.code, message: error.message, todo: error.facts.do })
  }

  /**
   * Once everything is read, the split that came furthest counts as the last one that was active: without this, the watermark would
   * depend on which of several files was read last, and windows could stay open until the next line.
   */
  #settle(): void {
    if (this.#active.size > 0) return
    const { stamper } = this.#session
    let furthest: { split: string; greatest: number } | undefined
    for (const [split, { greatest, phase }] of Object.entries(stamper.state().splits)) {
      if (phase !== 'ended' && greatest !== null && greatest > (furthest?.greatest ?? Number.NEGATIVE_INFINITY))
        furthest = { split, greatest }
    }
    if (furthest === undefined || furthest.greatest - this.#options.stream.watermarkDelayMs <= stamper.watermark) return
    stamper.openSplit(furthest.split)
    stamper.idleSplit(furthest.split)
  }

  /** A split whose file is gone since the last process would hold the watermark back for ever. */
  #leaveAbsent(): void {
    for (const split of this.#absent) this.#session.stamper.idleSplit(split)
    this.#absent.clear()
  }
}
