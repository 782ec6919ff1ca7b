import { batchHeader, type Column, columnOf, valueAt } from '@millrace/columnar'
import { type AlertAsset, checkPlan, compileAsset, type EventLog, type Positions, streamOf } from '@millrace/core'
import { encodedSource, lowerPlan, PartitionRunner } from '@millrace/engine-stream'
import { jsonValue } from '../output/json-value.ts'
import { topicPartitions } from '../pipeline/topic-partitions.ts'
import { type AlertKey, alertKeys, type RaisedAlert } from '../query/raised-alerts.ts'

/** Bytes of one partition's records that are looked through at a time, and in all for one answer. */
const READ_BYTES_MAX = 1024 * 1024
const LOOKED_BYTES_MAX = 32 * 1024 * 1024

/** The records of an alert's keys among those that the lake does not hold yet. */
export class RecentLines {
  readonly #log: EventLog
  readonly #topic: string
  readonly #time: string
  readonly #keys: readonly AlertKey[]
  readonly #runner: PartitionRunner

  constructor(log: EventLog, alert: AlertAsset) {
    const stream = streamOf(alert)
    this.#log = log
    this.#topic = stream.name
    this.#time = stream.contract.eventTime
    this.#keys = alertKeys(alert)
    this.#runner = new PartitionRunner(lowerPlan(keyPlan(alert, this.#keys)), { mode: 'exact' })
  }

  /**
   * Byte offsets of lines of each alert, in the order of the log's partitions.
   *
   * @param held what the lake holds: next offset by topic and partition
   */
  offsets(alerts: readonly RaisedAlert[], held: Positions, perAlertMax: number): number[][] {
    const found = alerts.map((): number[] => [])
    const wanted = new Map<string, number[]>()
    for (const [i, { key }] of alerts.entries()) {
      const text = JSON.stringify(this.#keys.map(({ name }) => key[name]))
      wanted.set(text, [...(wanted.get(text) ?? []), i])
    }
    const spans = alerts.map(({ window_start, window_end }) => ({ from: Date.parse(window_start), to: Date.parse(window_end) }))
    const span = { from: Math.min(...spans.map(({ from }) => from)), to: Math.max(...spans.map(({ to }) => to)) }
    for (const row of this.#rows(held, span)) {
      for (const i of wanted.get(row.key) ?? []) {
        if (row.at >= spans[i].from && row.at < spans[i].to && found[i].length < perAlertMax) found[i].push(row.offset)
      }
    }
    return found
  }

  *#rows(held: Positions, span: { readonly from: number; readonly to: number }): Generator<{ key: string; at: number; offset: number }> {
    for (const bytes of this.#batches(held)) {
      const { minEventTime, maxEventTime, rows } = batchHeader(bytes)
      if (rows === 0 || (maxEventTime ?? span.to) < span.from || (minEventTime ?? span.from) >= span.to) continue
      // The log is looked through again and again; time plays no part in the plan.
      this.#runner.push({ ...encodedSource(bytes, this.#runner.columns), watermarkAfter: 0 })
      for (const batch of this.#runner.drainOutputs()) {
        const [times, offsets] = [this.#time, '_offset'].map((name) => columnOf(batch, name))
        const columns = this.#keys.map(({ name }) => columnOf(batch, name))
        if (times === undefined || offsets === undefined) continue
        for (let row = 0; row < batch.rows; row++) {
          const at = Number(valueAt(times, row))
          if (at < span.from || at >= span.to) continue
          const key = this.#keys.map(({ type }, i) => jsonValue(valueAt(columns[i] as Column, row), type))
          yield { key: JSON.stringify(key), at, offset: Number(valueAt(offsets, row)) }
        }
      }
    }
  }

  *#batches(held: Positions): Generator<Uint8Array> {
    let looked = 0
    for (let partition = 0; partition < topicPartitions(this.#log, this.#topic); partition++) {
      const { first, next } = this.#log.range(this.#topic, partition)
      for (let at = Math.max(first, held[this.#topic]?.[partition] ?? first); at < next && looked < LOOKED_BYTES_MAX; ) {
        const entries = this.#log.read({ topic: this.#topic, partition, from: at, bytesMax: READ_BYTES_MAX })
        for (const { bytes, offset, span } of entries.map((entry) => ({ ...entry, bytes: new Uint8Array(entry.bytes) }))) {
          at = offset + span
          looked += bytes.length
          yield bytes
        }
        if (entries.length === 0) break
      }
    }
  }
}

/** The stream's rows with nothing but their time and the alert's key. */
function keyPlan(alert: AlertAsset, keys: readonly AlertKey[]) {
  const stream = streamOf(alert)
  const [source] = compileAsset(stream).plan.sources
  const time = stream.contract.eventTime
  return checkPlan({
    millrace_plan: 1,
    sources: [source],
    nodes: [
      { id: 'rows', kind: 'scan', source: source.name },
      {
        id: 'keys',
        kind: 'project',
        input: 'rows',
        columns: [
          ...keys.filter(({ name }) => name !== time).map(({ name, expr }) => ({ name, expr })),
          { name: time, expr: { col: time } },
        ],
      },
    ],
    output: 'keys',
  })
}
