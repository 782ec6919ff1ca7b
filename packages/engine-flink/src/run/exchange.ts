/** A record for a job to read: equal keys come to one partition. */
export interface KeyedRecord {
  readonly key: string
  /** JSON text. */
  readonly value: string
}

/** Where the results of a job are put. */
export interface ResultPlace {
  /** Options of a table that takes any changes, encoded as `debezium-json`. */
  readonly options: Readonly<Record<string, string>>
  /** The records that were committed there, JSON texts. Called when the job has finished. */
  readonly read: () => Promise<readonly string[]>
}

/** How rows come to one bounded job and how they come back. */
export interface Exchange {
  /**
   * Puts records somewhere for the job to read to their end, the given one last in every partition.
   *
   * @returns options of the table that reads them
   */
  put(records: readonly KeyedRecord[], last: string): Promise<Readonly<Record<string, string>>>
  results(): Promise<ResultPlace>
  /** Removes what was put somewhere. */
  close(): Promise<void>
}

/** Opens an exchange for a job of this parallelism. */
export type OpenExchange = (parallelism: number) => Exchange
