import { type Batch, columnOf, decodeBatch, rowsOf, selectColumns } from '@millrace/columnar'
import {
  type AlertAsset,
  compileAsset,
  type EventLog,
  type FeatureView,
  featureColumns,
  type LogTransaction,
  type ModelAsset,
  type Value,
} from '@millrace/core'
import type { RaisedAlert } from '../query/raised-alerts.ts'
import { AlertCondition } from './alert-condition.ts'
import type { ShownView } from './dev-event.ts'

/** Bytes of a partition looked at in one round. */
const READ_BYTES_MAX = 512 * 1024

/** The consumer under which it is kept how far a view's rows were shown and looked at for alerts. */
export function watchConsumer(view: string): string {
  return `watch:${view}`
}

/** What gives rows by key and window. */
export type WatchedAsset = FeatureView | ModelAsset

/** What one round brought. */
export interface WatchedRows {
  readonly rows: readonly (readonly Value[])[]
  readonly alerts: readonly RaisedAlert[]
  /** Ingest times of the latest records behind the rows, epoch ms: one a batch. */
  readonly ingestedAt: readonly number[]
}

/** A round, and how to note that its rows and alerts were handed on. Rounds are noted in their order. */
export interface WatchedRound extends WatchedRows {
  /** `also` writes further things into the same transaction. */
  readonly commit: (also: (transaction: LogTransaction) => void) => Promise<void>
}

interface PartitionWatch {
  readonly partition: number
  readonly conditions: readonly AlertCondition[]
  next: number
}

/**
 * Watches the rows of one view as they become durable. Positions and cool-downs of a round are committed together once its rows and
 * alerts were handed on, so that after a crash a round comes again with the same ids, and none is left out.
 */
export class ViewWatch {
  readonly shown: ShownView
  readonly view: WatchedAsset
  readonly #log: EventLog
  readonly #partitions: readonly PartitionWatch[]
  readonly #names: readonly string[]
  readonly #endColumn: number
  #latestEnd = Number.NEGATIVE_INFINITY

  constructor(log: EventLog, view: WatchedAsset, options: { readonly partitions: number; readonly alerts: readonly AlertAsset[] }) {
    const { fields } = compileAsset(view).output
    this.#log = log
    this.view = view
    this.shown = { name: view.name, entity: view.entity, fields, busyBy: busyColumn(view) }
    this.#names = fields.map((field) => field.name)
    this.#endColumn = this.#names.indexOf('window_end')
    this.#partitions = Array.from({ length: options.partitions }, (_, partition) => ({
      partition,
      conditions: options.alerts.map((alert) => new AlertCondition(log, alert, partition)),
      next: log.position(watchConsumer(view.name), view.name, partition) ?? log.range(view.name, partition).first,
    }))
  }

  /** The latest end of a window that rows were given of, epoch ms; -Infinity before the first, and where there are no windows. */
  get latestEnd(): number {
    return this.#latestEnd
  }

  /** Hands on what is new, until nothing is. */
  async catchUp(handOn: (round: WatchedRound) => Promise<void>): Promise<void> {
    for (let more = true; more; ) {
      const rounds = this.#partitions.map((one) => this.#round(one))
      more = rounds.some((round) => round.moved)
      if (!more) return
      await handOn({
        rows: rounds.flatMap((round) => round.rows),
        alerts: rounds.flatMap((round) => round.alerts),
        ingestedAt: rounds.flatMap((round) => round.ingestedAt),
        commit: this.#preparedCommit(),
      })
    }
  }

  #round(watch: PartitionWatch): WatchedRows & { readonly moved: boolean } {
    const entries = this.#log.read({ topic: this.view.name, partition: watch.partition, from: watch.next, bytesMax: READ_BYTES_MAX })
    const rows: Value[][] = []
    const alerts: RaisedAlert[] = []
    const ingested: number[] = []
    for (const entry of entries) {
      const { batch, ingestedAt } = decodeBatch(new Uint8Array(entry.bytes))
      watch.next = entry.offset + entry.span
      if (batch.rows === 0) continue
      ingested.push(ingestedAt)
      const shown = shownRows(batch, this.#names)
      rows.push(...shown)
      if (this.#endColumn >= 0) for (const row of shown) this.#latestEnd = Math.max(this.#latestEnd, Number(row[this.#endColumn]))
      alerts.push(...raisedBy(watch.conditions, batch))
    }
    return { rows, alerts, ingestedAt: ingested, moved: entries.length > 0 }
  }

  #preparedCommit(): WatchedRound['commit'] {
    const consumer = watchConsumer(this.view.name)
    const writes = this.#partitions.map(({ partition, next, conditions }) => ({
      partition,
      next,
      changes: conditions.map((condition) => condition.takeChanges()),
    }))
    return (also) =>
      this.#log.transact((transaction) => {
        also(transaction)
        for (const { partition, next, changes } of writes) {
          transaction.setPosition(consumer, this.view.name, partition, next)
          for (const change of changes) change(transaction)
        }
      })
  }
}

/** Rows as they are given; those that are taken back are not shown again. */
function shownRows(batch: Batch, names: readonly string[]): Value[][] {
  const rows = rowsOf(selectColumns(batch, [...names]))
  const said = columnOf(batch, '_op')
  return said?.kind === 'int32' ? rows.filter((_, row) => said.values[row] !== 1 && said.values[row] !== 3) : rows
}

function raisedBy(conditions: readonly AlertCondition[], batch: Batch): RaisedAlert[] {
  return conditions.flatMap((condition) => condition.raise(batch))
}

/** The column that says how busy a key is: its hits, else its first count, else its first. */
function busyColumn(asset: WatchedAsset): string | undefined {
  if (asset.kind === 'model') return 'score'
  const names = featureColumns(asset)
  if (names.includes('hits')) return 'hits'
  return (asset.kind === 'features' ? asset.aggregates.find((one) => one.fn === 'count')?.name : undefined) ?? names[0]
}
