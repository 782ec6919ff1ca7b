import type { Batch } from '@millrace/columnar'

/** An encoded batch in a partition. A heartbeat has no rows and takes one offset. */
export interface LogEntry {
  /** Offset of the first record; entries are dense: next.offset = offset + span. */
  readonly offset: number
  /** Offsets taken: the row count, or 1 for a heartbeat. */
  readonly span: number
  /** The binary form (`decodeBatch` of columnar). Valid until the next call of `read` on this log. */
  readonly bytes: Uint8Array
}

/** What a writer hands over: rows, and the source's watermark after them. A batch without rows is a heartbeat. */
export interface Append {
  readonly topic: string
  readonly partition: number
  readonly batch: Batch
  /** Latest stamp this partition may rely on after the batch: the source's watermark, epoch ms. */
  readonly watermarkAfter: number
  /** Wall clock of the ingest, epoch ms: becomes `_available_at` of the windows it closes. */
  readonly ingestedAt: number
  /** Column whose least and greatest values go into the batch header. */
  readonly eventTime?: string
}

/** One atomic write. Everything in it becomes durable together or not at all. */
export interface LogTransaction {
  /** Appends at the end of the partition; returns the offset of the first record. */
  append(append: Append): number
  /** Appends an already encoded batch. */
  appendEncoded(topic: string, partition: number, encoded: { readonly bytes: Uint8Array; readonly span: number }): number
  setPosition(consumer: string, topic: string, partition: number, next: number): void
  put(key: string, value: Uint8Array): void
  remove(key: string): void
  /** Forgets a consumer of a topic with its positions: nothing is kept for it any more. */
  forgetConsumer(consumer: string, topic: string): void
  /** As `EventLog.get`, seeing this transaction's own writes. */
  get(key: string): Uint8Array | undefined
}

export interface PartitionRange {
  /** First offset still kept. */
  readonly first: number
  /** Offset the next record will take. */
  readonly next: number
}

/** An ordered, partitioned, replayable log with consumer positions and a key-value store in the same transactions. */
export interface EventLog {
  /** Creates the topic if missing; refuses (`log/partitions-differ`) another number of partitions than it has. */
  openTopic(topic: string, options: { readonly partitions: number }): Promise<void>
  topics(): readonly { readonly topic: string; readonly partitions: number }[]
  range(topic: string, partition: number): PartitionRange
  /** Entries from the one that holds `from` on, up to about `bytesMax` (at least one if there is any). Empty at the end. */
  read(request: { readonly topic: string; readonly partition: number; readonly from: number; readonly bytesMax: number }): LogEntry[]
  /** Next offset to read for a consumer, or undefined when it never committed one. */
  position(consumer: string, topic: string, partition: number): number | undefined
  get(key: string): Uint8Array | undefined
  /** Key-value pairs with `prefix`, by key. Keys are at most 1,900 bytes. */
  entries(prefix: string): Iterable<{ readonly key: string; readonly value: Uint8Array }>
  /** Runs `write` synchronously in one write transaction; the promise resolves when it is DURABLE (flushed), with what `write` returned. */
  transact<T>(write: (transaction: LogTransaction) => T): Promise<T>
  /** Drops whole batches below `before`, never what a registered consumer still needs. Returns the new first offset. */
  trim(topic: string, partition: number, before: number): Promise<number>
  /** Registers a consumer of a topic: retention keeps what it has not passed. */
  registerConsumer(consumer: string, topic: string): Promise<void>
  close(): Promise<void>
}
