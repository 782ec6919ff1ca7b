/** A topic of the embedded log, and the stamped topic on Kafka that it is copied to. */
export interface ForwardedTopic {
  readonly topic: string
  readonly to: string
  /** Of both: a record's partition is the same. */
  readonly partitions: number
  /** Columns whose text is the records' key. */
  readonly key: readonly string[]
  /** Settings of the topic by their names at Kafka, where it is created. */
  readonly settings?: Readonly<Record<string, string>>
}
