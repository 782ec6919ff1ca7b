import type { Batch } from '@millrace/columnar'

/** What the runner needs of the event log; `EventLog` satisfies it. */
export interface RunLog {
  openTopic(topic: string, options: { readonly partitions: number }): Promise<void>
  topics(): readonly { readonly topic: string; readonly partitions: number }[]
  range(topic: string, partition: number): { readonly first: number; readonly next: number }
  read(request: {
    readonly topic: string
    readonly partition: number
    readonly from: number
    readonly bytesMax: number
  }): readonly RunLogEntry[]
  position(consumer: string, topic: string, partition: number): number | undefined
  entries(prefix: string): Iterable<{ readonly key: string; readonly value: Uint8Array }>
  registerConsumer(consumer: string, topic: string): Promise<void>
  trim(topic: string, partition: number, before: number): Promise<number>
  transact<T>(write: (transaction: RunLogTransaction) => T): Promise<T>
}

export interface RunLogEntry {
  readonly offset: number
  readonly span: number
  readonly bytes: Uint8Array
}

export interface RunLogTransaction {
  appendEncoded(topic: string, partition: number, encoded: { readonly bytes: Uint8Array; readonly span: number }): number
  setPosition(consumer: string, topic: string, partition: number, next: number): void
  put(key: string, value: Uint8Array): void
  remove(key: string): void
  forgetConsumer(consumer: string, topic: string): void
  /** Sees this transaction's own writes. */
  get(key: string): Uint8Array | undefined
}

/** A batch on its way to a topic. */
export interface TopicBatch {
  readonly topic: string
  readonly partition: number
  readonly batch: Batch
}
