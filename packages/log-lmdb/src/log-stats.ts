export interface PartitionStats {
  readonly partition: number
  readonly first: number
  readonly next: number
  /** Sum of the sizes of the entries that are kept. */
  readonly bytes: number
}

export interface TopicStats {
  readonly topic: string
  readonly bytes: number
  readonly partitions: readonly PartitionStats[]
  /** Registered consumers and their next offset per partition; undefined where one has committed none, so that nothing may be trimmed. */
  readonly consumers: readonly { readonly consumer: string; readonly positions: readonly (number | undefined)[] }[]
}

/** Where the bytes of a log are. */
export interface LogStats {
  readonly path: string
  /** Size of the environment's file. It never shrinks; free pages are used again. */
  readonly fileBytes: number
  readonly usedBytes: number
  readonly freeBytes: number
  readonly topics: readonly TopicStats[]
}
