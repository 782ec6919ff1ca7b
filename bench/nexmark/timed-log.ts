import type { EventLog } from '@millrace/core'
import type { RunLog } from '@millrace/engine-stream'
import { StageTask } from '../../packages/engine-stream/src/run/stage-task.ts'

/** Times every commit of the engine, from the first page that is encoded. */
export class TimedLog implements RunLog {
  readonly #log: EventLog
  readonly #taken: number[] = []
  #begun: number | undefined

  constructor(of: EventLog) {
    this.#log = of
    const begin = (): void => {
      this.#begun ??= performance.now()
    }
    const prepare = StageTask.prototype.prepareCommit
    StageTask.prototype.prepareCommit = function prepareCommit(this: StageTask) {
      begin()
      return prepare.call(this)
    }
  }

  openTopic: RunLog['openTopic'] = (topic, options) => this.#log.openTopic(topic, options)
  topics: RunLog['topics'] = () => this.#log.topics()
  range: RunLog['range'] = (topic, partition) => this.#log.range(topic, partition)
  read: RunLog['read'] = (request) => this.#log.read(request)
  position: RunLog['position'] = (consumer, topic, partition) => this.#log.position(consumer, topic, partition)
  entries: RunLog['entries'] = (prefix) => this.#log.entries(prefix)
  registerConsumer: RunLog['registerConsumer'] = (consumer, topic) => this.#log.registerConsumer(consumer, topic)
  trim: RunLog['trim'] = (topic, partition, before) => this.#log.trim(topic, partition, before)

  transact: RunLog['transact'] = async (write) => {
    const result = await this.#log.transact(write)
    if (this.#begun !== undefined) this.#taken.push(performance.now() - this.#begun)
    this.#begun = undefined
    return result
  }

  figures(): object {
    const sorted = this.#taken.toSorted((a, b) => a - b)
    const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
    return { commits: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) }
  }
}
