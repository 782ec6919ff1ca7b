import { type Batch, columnOf, emptyBatch, keyPartitions, selectColumns, splitByPartition } from '@millrace/columnar'
import { type LogTransaction, type RecordFormat, STAMP_FIELDS } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import { DerivedColumns } from '../derive/derived-columns.ts'
import type { LineBlock } from '../files/line-block.ts'
import { heartbeatDue } from '../stamp/heartbeat.ts'
import { Stamper, type StamperState } from '../stamp/stamper.ts'
import { deadLetterBatch } from './dead-letter-batch.ts'
import type { IngestField } from './ingest-field.ts'
import { type DecoderState, decoderOf, type RecordDecoder } from './record-decoder.ts'

/** A stream as ingest needs it. */
export interface IngestStream {
  readonly topic: string
  readonly deadLetterTopic: string
  readonly format: RecordFormat
  /** What records bring; the topic has the parts that are read out of it too. */
  readonly fields: readonly IngestField[]
  readonly eventTime: string
  readonly key: readonly string[]
  readonly partitions: number
  readonly watermarkDelayMs: number
  readonly producer: string
}

/** Version of the records' schema; contracts have one version so far. */
const SCHEMA_VERSION = 1

/** What one block of lines came to. */
export interface IngestedBlock {
  readonly lines: number
  readonly blank: number
  readonly decoded: number
  readonly reasons: readonly string[]
  readonly firstEvent: number | undefined
  readonly lastEvent: number | undefined
}

/** Where a block's batches go: the stream's topics, or those of a provisional closing. */
export interface IngestTopics {
  readonly rows: string
  readonly deadLetters: string
}

/** A block made ready: nothing is written until `write` is called inside a transaction. */
export interface PreparedBlock extends IngestedBlock {
  write(transaction: LogTransaction, topics: IngestTopics): void
}

/**
 * Turns blocks of lines into stamped batches by partition. Decoding and stamping advance the session; what a block gave is
 * written by the caller, together with the session's state.
 *
 * @throws user `project/not-in-format` where the stream's contract has a field that the format does not give
 */
export class IngestSession {
  readonly #stream: IngestStream
  readonly #decoder: RecordDecoder
  readonly #names: readonly string[]
  readonly #derived: DerivedColumns
  readonly stamper: Stamper
  #heartbeat: number

  constructor(stream: IngestStream, state?: StamperState, decoderState?: DecoderState) {
    this.#stream = stream
    this.#decoder = decoderOf(stream, decoderState)
    this.#names = stream.fields.map((field) => field.name)
    this.#derived = new DerivedColumns(stream.fields)
    this.stamper = new Stamper({ watermarkDelayMs: stream.watermarkDelayMs }, state)
    this.#heartbeat = this.stamper.watermark
  }

  /** Decodes, checks and stamps a block; `firstLine` is the number of its first line in the split, from 1. */
  prepare(block: LineBlock, at: { readonly split: string; readonly firstLine: number; readonly ingestedAt: number }): PreparedBlock {
    return this.prepareDecoded(this.#decoder.decode(block, at), at)
  }

  /** What the decoder keeps for blocks that come after a restart; committed with the records. */
  get decoderState(): DecoderState {
    return this.#decoder.state()
  }

  /** Takes up what the decoder kept of a split. */
  restore(split: string, kept: unknown): void {
    this.#decoder.restore(split, kept)
  }

  /** Nothing more will come of the split. */
  forget(split: string): void {
    this.#decoder.forget(split)
  }

  /** Stamps what was decoded already, as `prepare` does. */
  prepareDecoded(decoded: DecodedLines, at: { readonly split: string; readonly ingestedAt: number }): PreparedBlock {
    const stream = this.#stream
    const batch = this.#derived.extend(selectColumns(decoded.batch, this.#names))
    const stamped = this.stamper.stampBatch(batch, {
      split: at.split,
      eventTime: stream.eventTime,
      offsets: decoded.offsets,
      deadLettersAfterRows: decoded.deadLetters.map((letter) => letter.rowsBefore),
      ingestedAt: at.ingestedAt,
      schemaVersion: SCHEMA_VERSION,
      producer: stream.producer,
    })
    const parts = splitByPartition(stamped.batch, keyPartitions(stamped.batch, stream.key, stream.partitions), stream.partitions)
    const letters =
      decoded.deadLetters.length === 0
        ? undefined
        : deadLetterBatch(decoded.deadLetters, {
            arrivals: stamped.deadLetterArrivals,
            split: at.split,
            ingestedAt: at.ingestedAt,
            producer: stream.producer,
          })
    const { watermarkAfter } = stamped
    const beat = heartbeatDue(this.#heartbeat, watermarkAfter)
    if (beat) this.#heartbeat = watermarkAfter
    const empty = emptyBatch(stamped.batch.fields)
    const write = (transaction: LogTransaction, topics: IngestTopics): void => {
      for (let partition = 0; partition < stream.partitions; partition++) {
        const part = parts[partition] ?? (beat ? empty : undefined)
        if (part !== undefined)
          transaction.append({
            topic: topics.rows,
            partition,
            batch: part,
            watermarkAfter,
            ingestedAt: at.ingestedAt,
            eventTime: stream.eventTime,
          })
      }
      if (letters !== undefined)
        transaction.append({ topic: topics.deadLetters, partition: 0, batch: letters, watermarkAfter, ingestedAt: at.ingestedAt })
    }
    return { ...figures(decoded, batch, stream.eventTime), write }
  }

  /** Carries the watermark, as it is now, to every partition: when splits end or go idle it moves without a record. */
  beat(transaction: LogTransaction, at: { readonly ingestedAt: number }): void {
    const { watermark } = this.stamper
    if (!heartbeatDue(this.#heartbeat, watermark)) return
    this.#heartbeat = watermark
    const batch = emptyBatch([...STAMP_FIELDS, ...this.#derived.fields])
    for (let partition = 0; partition < this.#stream.partitions; partition++) {
      transaction.append({ topic: this.#stream.topic, partition, batch, watermarkAfter: watermark, ingestedAt: at.ingestedAt })
    }
  }
}

function figures(decoded: DecodedLines, batch: Batch, eventTime: string): IngestedBlock {
  const times = columnOf(batch, eventTime)
  let first: number | undefined
  let last: number | undefined
  if (times?.kind === 'timestamp') {
    for (const time of times.values) {
      if (first === undefined || time < first) first = time
      if (last === undefined || time > last) last = time
    }
  }
  return {
    lines: decoded.lines,
    blank: decoded.blank,
    decoded: batch.rows,
    reasons: decoded.deadLetters.map((letter) => letter.reason),
    firstEvent: first,
    lastEvent: last,
  }
}
