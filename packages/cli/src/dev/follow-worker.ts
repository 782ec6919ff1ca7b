import { parentPort, workerData } from 'node:worker_threads'
import {
  addTotals,
  type FollowEvent,
  type FollowPositions,
  type FollowStep,
  followFiles,
  IngestSession,
  type IngestStream,
  NO_TOTALS,
  type PreparedBlock,
  recordEndOf,
} from '@millrace/connect'
import type { EventLog } from '@millrace/core'
import { openLog } from '@millrace/log-lmdb'
import { type Backlog, roomIn } from '../pipeline/backlog.ts'
import { LeaveFlag } from '../pipeline/leave-flag.ts'
import { failureMessage } from '../pipeline/message.ts'
import type { FollowMessage } from './follow-message.ts'
import { encodeFollowState, type FollowState, followKey, readFollowState } from './follow-state.ts'

export interface FollowWorkerData {
  readonly logDir: string
  readonly stream: IngestStream
  /** Globs, relative to `folder`. */
  readonly patterns: readonly string[]
  readonly folder: string
  /** Whether to wait for more lines once everything is read. */
  readonly follow: boolean
  readonly backlogs: readonly Backlog[]
}

/** After this long without any file, it is said that none matches. */
const WAITING_AFTER_MS = 1_000
/** Lines that come within this time of a commit wait for the next one. */
const STEP_MS_MIN = 20
/** Blocks of this size are on their way of catching up, and nothing waits. */
const SMALL_STEP_BYTES_MAX = 256 * 1024

const data = workerData as FollowWorkerData & { readonly leave: SharedArrayBuffer }
const flag = new LeaveFlag(data.leave)
const port = parentPort as NonNullable<typeof parentPort>
const post = (message: FollowMessage): void => port.postMessage(message)
const leaving = new AbortController()
port.on('message', () => leaving.abort())

/** Stamps the lines of one stream's files; a step of following is one transaction of the log. */
class Follower {
  readonly #log: EventLog
  readonly #session: IngestSession
  readonly #paths = new Map<string, string>()
  /** Splits of an earlier process that were not found again so far. */
  readonly #absent: Set<string>
  readonly #active = new Set<string>()
  #state: FollowState
  #found = false

  constructor(log: EventLog) {
    const before = readFollowState(log, data.stream.topic)
    this.#log = log
    this.#session = new IngestSession(data.stream, before?.stamper, before?.decoder)
    this.#absent = new Set(Object.keys(before?.stamper.splits ?? {}))
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
    post({ kind: 'ingested', totals, watermark: this.#session.stamper.watermark, ingestedAt })
    return totals.bytes - bytesBefore
  }

  #commit(prepared: readonly PreparedBlock[], ingestedAt: number): Promise<void> {
    const topics = { rows: data.stream.topic, deadLetters: data.stream.deadLetterTopic }
    const state = encodeFollowState(this.#state)
    return this.#log.transact((transaction) => {
      for (const block of prepared) block.write(transaction, topics)
      this.#session.beat(transaction, { ingestedAt })
      transaction.put(followKey(data.stream.topic), state)
    })
  }

  #note(event: Exclude<FollowEvent, { kind: 'lines' }>): void {
    const { stamper } = this.#session
    switch (event.kind) {
      case 'discovered':
        this.#found = true
        this.#paths.set(event.split, event.path)
        this.#absent.delete(event.split)
        this.#active.add(event.split)
        stamper.openSplit(event.split)
        post({ kind: 'file', event: event.resumed ? 'resumed' : 'discovered', path: event.path, split: event.split })
        return
      case 'caught-up':
        this.#active.delete(event.split)
        stamper.idleSplit(event.split)
        return
      case 'ended':
        this.#active.delete(event.split)
        stamper.endSplit(event.split)
        stamper.dropSplit(event.split)
        this.#session.forget(event.split)
        post({ kind: 'file', event: 'ended', path: this.#paths.get(event.split) ?? event.split, split: event.split })
        this.#paths.delete(event.split)
        return
      case 'problem':
        post({ kind: 'problem', path: event.path, code: event.error.code, message: event.error.message, todo: event.error.facts.do })
    }
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
    if (furthest === undefined || furthest.greatest - data.stream.watermarkDelayMs <= stamper.watermark) return
    stamper.openSplit(furthest.split)
    stamper.idleSplit(furthest.split)
  }

  /** A split whose file is gone since the last process would hold the watermark back for ever. */
  #leaveAbsent(): void {
    for (const split of this.#absent) this.#session.stamper.idleSplit(split)
    this.#absent.clear()
  }
}

async function follow(): Promise<void> {
  const log = openLog({ path: data.logDir })
  const follower = new Follower(log)
  const waiting = setTimeout(() => {
    if (!follower.found) post({ kind: 'waiting' })
  }, WAITING_AFTER_MS)
  const { patterns, folder: cwd } = data
  const recordEnd = recordEndOf(data.stream.format)
  for await (const step of followFiles({ patterns, cwd, from: follower.positions, recordEnd, signal: leaving.signal })) {
    const began = performance.now()
    const bytes = await follower.take(step)
    await roomIn(log, data.backlogs, flag)
    if (flag.raised || (!data.follow && follower.isThrough)) leaving.abort()
    const rest = STEP_MS_MIN - (performance.now() - began)
    if (rest > 0 && bytes < SMALL_STEP_BYTES_MAX) await new Promise((resolve) => setTimeout(resolve, rest))
  }
  clearTimeout(waiting)
  await log.close()
  post({ kind: 'left' })
  port.close()
}

follow().catch((error: unknown) => {
  port.postMessage(failureMessage(error))
  port.close()
})
