import { encodedSource } from './batch-source.ts'
import type { RunLog } from './run-log.ts'
import type { StageTask } from './stage-task.ts'

/** Bytes read from the log at once; less where operators keep to a budget. */
const READ_BYTES_MAX = 2 * 1024 * 1024
const READ_BYTES_MIN = 256 * 1024

interface Reader {
  readonly task: StageTask
  readonly port: number
}

/** One partition of a source's topic, read and decoded once for every stage that reads it. */
export class SourceFeed {
  readonly topic: string
  readonly partition: number
  readonly #log: RunLog
  readonly #readers: readonly Reader[]
  readonly #columns: readonly string[]
  readonly #bytesMax: number

  constructor(
    log: RunLog,
    place: { readonly topic: string; readonly partition: number; readonly readers: readonly Reader[]; readonly stateBytes?: number },
  ) {
    this.#log = log
    this.topic = place.topic
    this.partition = place.partition
    this.#readers = place.readers
    this.#bytesMax = Math.max(READ_BYTES_MIN, Math.min(READ_BYTES_MAX, (place.stateBytes ?? Number.POSITIVE_INFINITY) / 8))
    this.#columns = [...new Set(place.readers.flatMap(({ task, port }) => task.runner.ports[port].columns))]
  }

  /** Next offset of the stage that is furthest behind. */
  get next(): number {
    return Math.min(...this.#readers.map(({ task, port }) => task.channels[port][0].next))
  }

  /** Whether a stage that reads it has first to go on with what it has. */
  get isHeldUp(): boolean {
    return this.#readers.some(({ task }) => task.runner.passing)
  }

  /** Reads on and runs what it read, from a copy: what the log hands out is valid only until the next read. False at the end of the log. */
  readOn(): boolean {
    const entries = this.#log.read({ topic: this.topic, partition: this.partition, from: this.next, bytesMax: this.#bytesMax })
    for (const entry of entries) {
      const source = encodedSource(new Uint8Array(entry.bytes), this.#columns)
      for (const { task, port } of this.#readers) task.takeEntry(port, entry, source)
    }
    return entries.length > 0
  }
}
