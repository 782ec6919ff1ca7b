import { addTotals, IngestSession, type IngestStream, type InputTotals, NO_TOTALS, type PreparedBlock } from '@millrace/connect'
import type { EventLog, LogTransaction } from '@millrace/core'
import type { FollowMessage } from './follow-message.ts'
import { encodeFollowState, followKey, readFollowState } from './follow-state.ts'

export interface LiveIntakeOptions {
  readonly log: EventLog
  readonly stream: IngestStream
  /** The one split that the source reads; undefined where it opens its splits by `openSplits`. */
  readonly split: string | undefined
  readonly post: (message: FollowMessage) => void
}

/** Commits what a source brings bit by bit: records, its own state, stamps and figures in one transaction of the log. */
export class LiveIntake {
  readonly #options: LiveIntakeOptions
  readonly session: IngestSession
  #totals: InputTotals
  #source: unknown
  readonly #opened = new Set<string>()

  constructor(options: LiveIntakeOptions) {
    const before = readFollowState(options.log, options.stream.topic)
    this.#options = options
    this.session = new IngestSession(options.stream, before?.stamper, before?.decoder)
    this.#totals = before?.totals ?? NO_TOTALS
    this.#source = before?.source
    if (options.split !== undefined) this.openSplits([options.split])
  }

  /** The source reads these from now on, beside those that it opened before. */
  openSplits(splits: readonly string[]): void {
    const { stamper } = this.session
    for (const split of splits) this.#opened.add(split)
    for (const split of splits) stamper.openSplit(split)
    // Splits of another source, which the stream had before, would hold the watermark back for ever.
    for (const split of Object.keys(stamper.state().splits)) if (!this.#opened.has(split)) stamper.endSplit(split)
  }

  /** What the source committed last. */
  get source(): unknown {
    return this.#source
  }

  /** Number of the next record, from 1. */
  get nextLine(): number {
    return this.#totals.lines + 1
  }

  /** Resolves when the block, the source's state, and what `also` writes are durable. */
  async commit(
    block: PreparedBlock | undefined,
    at: { readonly ingestedAt: number; readonly source?: unknown; readonly also?: (transaction: LogTransaction) => void },
  ): Promise<void> {
    const { log, stream, post } = this.#options
    const { stamper } = this.session
    if (block !== undefined) this.#totals = addTotals(this.#totals, block, { bytes: this.#totals.bytes, sha256: '' })
    this.#source = at.source
    const state = encodeFollowState({
      source: at.source,
      stamper: stamper.state(),
      decoder: this.session.decoderState,
      totals: this.#totals,
    })
    await log.transact((transaction) => {
      block?.write(transaction, { rows: stream.topic, deadLetters: stream.deadLetterTopic })
      at.also?.(transaction)
      this.session.beat(transaction, { ingestedAt: at.ingestedAt })
      transaction.put(followKey(stream.topic), state)
    })
    post({ kind: 'ingested', totals: this.#totals, watermark: stamper.watermark, ingestedAt: at.ingestedAt })
  }
}
