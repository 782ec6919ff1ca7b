import type { EventLog } from '@millrace/core'

/** Topic on Kafka, and the topic of the log that takes its rows. */
export interface RelayPlace {
  readonly from: string
  readonly to: string
}

/** What whoever decides on the rows of a relay wants to know of those that were taken. */
export type RelayNote = Readonly<Record<string, number>>

/** How far a topic was read, as the log keeps it. */
export interface RelayProgress {
  readonly topicId: string
  /** Offset to go on from, by partition. */
  readonly next: readonly number[]
  readonly note?: RelayNote
}

export function relayKey({ from, to }: RelayPlace): string {
  return `kafka-relay/${from}/${to}`
}

/** How far a relay is; undefined before its first rows. */
export function relayProgress(log: Pick<EventLog, 'get'>, place: RelayPlace): RelayProgress | undefined {
  const bytes = log.get(relayKey(place))
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as RelayProgress)
}
