import { type Batch, batchHeader, concatBatches, decodeBatch, takeRows } from '@millrace/columnar'
import type { EventLog, LogTransaction } from '@millrace/core'
import type { Sink, SinkPartition } from './sink.ts'
import { sinkConsumer } from './sink-name.ts'

export interface PartitionFeedOptions {
  readonly log: EventLog
  readonly logId: string
  readonly sink: Sink
  readonly name: string
  readonly topic: string
  readonly partition: number
  readonly columns: readonly string[]
  readonly batchRowsMax: number
  readonly readBytesMax: number
  readonly backlogMax: number
}

/** What the log remembers of a partition beside the consumer's position. */
interface Account {
  /** The offset after the last row that the sink had durably. Only control records lie between it and the position. */
  readonly had: number
  /** A span that was handed over and whose fate may be unknown. */
  readonly open?: { readonly from: number; readonly next: number }
}

interface Portion {
  readonly next: number
  readonly batches: readonly Batch[]
}

/** Hands one partition's rows to a sink, in order, and knows how far the sink has them. */
export class PartitionFeed {
  readonly #options: PartitionFeedOptions
  readonly #at: SinkPartition
  readonly #accountKey: string
  /** Next offset to hand over, and what the sink must have before everything handed over is durable. */
  #next = 0
  #handed = 0
  /** What the log knows. */
  #committed = 0
  #had = 0
  #missed = 0
  #open: Account['open']

  constructor(options: PartitionFeedOptions) {
    const { logId, name, topic, partition } = options
    this.#options = options
    this.#at = { log: logId, topic, partition }
    this.#accountKey = `sink/${name}/${topic}/${partition}`
  }

  get missed(): number {
    return this.#missed
  }

  /** Finds where the sink stands. */
  async open(): Promise<void> {
    const { log, name, sink } = this.#options
    const { topic, partition } = this.#at
    const account = this.#account()
    const known = log.position(sinkConsumer(name), topic, partition) ?? 0
    const own = await sink.position(this.#at)
    // A sink that keeps an account has all rows before `account.had` or says so; then only control records follow up to `known`.
    this.#next = own === undefined || own === account.had ? known : own
    this.#handed = own ?? known
    this.#committed = known
    this.#had = account.had
    this.#open = account.open
    this.#skipTo(this.#range().first)
  }

  /** Hands over the next rows; undefined when nothing waits, else how many rows. */
  async handOver(): Promise<number | undefined> {
    const { log, sink, backlogMax } = this.#options
    this.#skipTo(this.#range().next - backlogMax)
    const { next, batches } = this.#read()
    if (next === this.#next) return undefined
    const from = this.#next
    if (batches.length === 0) {
      this.#next = next
      return 0
    }
    const batch = concatBatches(batches)
    if (sink.stableSpans) {
      await log.transact((transaction) => this.#putAccount(transaction, { had: this.#had, open: { from, next } }))
      this.#open = undefined
    }
    await sink.write(batch, { ...this.#at, from, next })
    this.#next = next
    this.#handed = next
    return batch.rows
  }

  /** What to write so that the log knows how far the sink is; undefined when it does. */
  async progress(): Promise<((transaction: LogTransaction) => void) | undefined> {
    const { name, sink } = this.#options
    const { topic, partition } = this.#at
    const own = (await sink.position(this.#at)) ?? this.#handed
    const reached = own >= this.#handed ? this.#next : own
    const had = Math.min(own, this.#handed)
    if (reached === this.#committed && had === this.#had) return undefined
    return (transaction) => {
      transaction.setPosition(sinkConsumer(name), topic, partition, reached)
      this.#putAccount(transaction, { had })
      this.#committed = reached
      this.#had = had
    }
  }

  #range() {
    return this.#options.log.range(this.#at.topic, this.#at.partition)
  }

  #skipTo(offset: number): void {
    if (offset <= this.#next) return
    this.#missed += offset - this.#next
    this.#next = offset
  }

  #account(): Account {
    const bytes = this.#options.log.get(this.#accountKey)
    return bytes === undefined ? { had: 0 } : (JSON.parse(Buffer.from(bytes).toString('utf8')) as Account)
  }

  #putAccount(transaction: LogTransaction, account: Account): void {
    transaction.put(this.#accountKey, Buffer.from(JSON.stringify(account)))
  }

  /** Rows from the next offset on, up to the limits; a span that may have arrived before is read with its own end. */
  #read(): Portion {
    const { log, columns, readBytesMax } = this.#options
    const { topic, partition } = this.#at
    const repeated = this.#open?.from === this.#next ? this.#open : undefined
    const end = repeated?.next ?? Number.POSITIVE_INFINITY
    const rowsMax = repeated === undefined ? this.#options.batchRowsMax : Number.POSITIVE_INFINITY
    const batches: Batch[] = []
    let next = this.#next
    let rows = 0
    while (next < end && rows < rowsMax) {
      const entries = log.read({ topic, partition, from: next, bytesMax: readBytesMax })
      for (const entry of entries) {
        if (next >= end || rows >= rowsMax) break
        if (batchHeader(entry.bytes).rows === 0) {
          next = entry.offset + entry.span
          continue
        }
        const first = next - entry.offset
        const last = Math.min(entry.span, end - entry.offset, first + rowsMax - rows)
        batches.push(rowsFrom(decodeBatch(new Uint8Array(entry.bytes), [...columns]).batch, first, last))
        rows += last - first
        next = entry.offset + last
      }
      if (entries.length === 0 || repeated === undefined) break
    }
    return { next, batches }
  }
}

function rowsFrom(batch: Batch, first: number, last: number): Batch {
  if (first === 0 && last === batch.rows) return batch
  return takeRows(
    batch,
    Int32Array.from({ length: last - first }, (_, i) => first + i),
  )
}
