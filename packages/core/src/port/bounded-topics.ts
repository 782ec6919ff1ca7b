/** A record of a topic that is written once and read to its end. */
export interface BoundedRecord {
  readonly partition: number
  /** UTF-8 text. */
  readonly value: string
}

/** Topics that live as long as one run: written whole, then read whole. */
export interface BoundedTopics {
  /** Creates a topic that must not exist. */
  create(topic: string, partitions: number): Promise<void>
  write(topic: string, records: readonly BoundedRecord[]): Promise<void>
  /** All that is committed now, in no order between partitions. */
  read(topic: string): Promise<readonly string[]>
  remove(topic: string): Promise<void>
}
