import type { EventLog } from '@millrace/core'
import type { RunLog } from '@millrace/engine-stream'
import { StageTask } from '../../packages/engine-stream/src/run/stage-task.ts'

/** Times every commit of the engine, from the first page that is encoded until it is durable: by the clock, and by the CPU of this thread. */
export class TimedLog implements RunLog {
  readonly #log: EventLog
  readonly #taken: number[] = []
  readonly #cpu: number[] = []
  #begun: { readonly at: number; readonly cpu: NodeJS.CpuUsage } | undefined

  constructor(of: EventLog) {
    this.#log = of
    const begin = (): void => {
      this.#begun ??= { at: performance.now(), cpu: process.threadCpuUsage() }
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
    if (this.#begun !== undefined) {
      const { user, system } = process.threadCpuUsage(this.#begun.cpu)
      this.#taken.push(performance.now() - this.#begun.at)
      this.#cpu.push((user + system) / 1000)
    }
    this.#begun = undefined
    return result
  }

  figures(): object {
    const ms = percentilesOf(this.#taken)
    const cpu = percentilesOf(this.#cpu)
    return { commits: this.#taken.length, p50_ms: ms(0.5), p99_ms: ms(0.99), max_ms: ms(1), cpu_p50_ms: cpu(0.5), cpu_p99_ms: cpu(0.99) }
  }
}

function percentilesOf(figures: readonly number[]): (share: number) => number {
  const sorted = figures.toSorted((a, b) => a - b)
  return (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}
