import { batchHeader } from '@millrace/columnar'
import type { EventLog } from '@millrace/core'

/** Times that are kept of a stream, the last ones: a day of event time at a step a second. */
const STEPS_MAX = 100_000
const STEP_MS = 1_000
const READ_BYTES = 1024 * 1024

/**
 * When a stream's watermark passed a time: the ingest time of the record that brought it there. A window that another engine closed is
 * available from then on, whenever its row comes.
 */
export class ClosingTimes {
  readonly #log: Pick<EventLog, 'read' | 'range'>
  readonly #topic: string
  #next: number
  /** Ascending: watermarks, at least a step apart, and ingest times. */
  #watermarks: number[] = []
  #ingestedAt: number[] = []

  constructor(log: Pick<EventLog, 'read' | 'range'>, topic: string) {
    this.#log = log
    this.#topic = topic
    this.#next = log.range(topic, 0).first
  }

  /** Ingest time at which the watermark had come to `time`, epoch ms; of a time before all that is known, that of the first. Undefined while it is not there. */
  at(time: number): number | undefined {
    if ((this.#watermarks.at(-1) ?? Number.NEGATIVE_INFINITY) < time) this.readOn()
    const place = firstFrom(this.#watermarks, time)
    return this.#ingestedAt[place]
  }

  /** Notes what came since the last time, before it leaves the log. Heartbeats stand in every partition, so the headers of one tell of all. */
  readOn(): void {
    const { first, next } = this.#log.range(this.#topic, 0)
    this.#next = Math.max(this.#next, first)
    while (this.#next < next) {
      const entries = this.#log.read({ topic: this.#topic, partition: 0, from: this.#next, bytesMax: READ_BYTES })
      if (entries.length === 0) return
      for (const { offset, span, bytes } of entries) {
        const { watermarkAfter, ingestedAt } = batchHeader(bytes)
        if (watermarkAfter >= (this.#watermarks.at(-1) ?? Number.NEGATIVE_INFINITY) + STEP_MS) this.#note(watermarkAfter, ingestedAt)
        this.#next = offset + span
      }
    }
  }

  #note(watermark: number, ingestedAt: number): void {
    this.#watermarks.push(watermark)
    this.#ingestedAt.push(ingestedAt)
    if (this.#watermarks.length <= 2 * STEPS_MAX) return
    this.#watermarks = this.#watermarks.slice(-STEPS_MAX)
    this.#ingestedAt = this.#ingestedAt.slice(-STEPS_MAX)
  }
}

/** Place of the first value that is at least `least`, in ascending ones. */
function firstFrom(values: readonly number[], least: number): number {
  let [from, to] = [0, values.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (values[middle] < least) from = middle + 1
    else to = middle
  }
  return from
}
