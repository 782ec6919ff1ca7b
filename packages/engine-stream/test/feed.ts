import { type Batch, batchFromRows, rowsOf } from '@millrace/columnar'
import { type CheckedPlan, type PlanSource, STAMP_FIELDS, type Value } from '@millrace/core'
import { lowerPlan } from '../src/lower/lower-plan.ts'
import { batchSource } from '../src/run/batch-source.ts'
import { PartitionRunner } from '../src/run/partition-runner.ts'
import type { RunMode } from '../src/run/stage-runner.ts'

export interface FedRow {
  readonly watermark: number
  readonly values: readonly Value[]
}

export type NamedRow = Readonly<Record<string, Value>>

export function namedRows(batches: readonly Batch[]): NamedRow[] {
  return batches.flatMap((batch) =>
    rowsOf(batch).map((values) => Object.fromEntries(batch.fields.map((field, i) => [field.name, values[i]]))),
  )
}

/** A runner of one plan, fed by rows of the plan's source; arrivals are counted on. */
export class Feed {
  readonly pages = new Map<string, Uint8Array>()
  runner: PartitionRunner
  readonly #plan: CheckedPlan
  readonly #mode: RunMode
  #arrival = 0

  constructor(plan: CheckedPlan, mode: RunMode = 'as_served') {
    this.#plan = plan
    this.#mode = mode
    this.runner = this.#newRunner()
  }

  #newRunner(): PartitionRunner {
    return new PartitionRunner(lowerPlan(this.#plan), { mode: this.#mode })
  }

  /** Feeds one batch and gives the rows that came out. */
  push(rows: readonly FedRow[], after: { readonly watermark?: number; readonly ingestedAt?: number } = {}): NamedRow[] {
    const source = [...this.#plan.sources.values()][0] as PlanSource
    const fields = [
      ...STAMP_FIELDS,
      ...source.fields.map((field) => ({ name: field.name, type: field.type, nullable: field.nullable === true })),
    ]
    const batch = batchFromRows(
      fields,
      rows.map((row) => [this.#arrival++, '0', 0, 0, 1, '', row.watermark, ...row.values]),
    )
    const watermarkAfter = after.watermark ?? rows.at(-1)?.watermark ?? 0
    this.runner.push(batchSource(batch, { watermarkAfter, ingestedAt: after.ingestedAt ?? 0 }))
    return namedRows(this.runner.drainOutputs())
  }

  late(): NamedRow[] {
    return namedRows(this.runner.drainLate())
  }

  finish(): NamedRow[] {
    return namedRows([...this.runner.finish()])
  }

  /** Writes the changed pages; returns the keys written and removed. */
  save(): { readonly written: string[]; readonly removed: string[] } {
    const written: string[] = []
    const removed: string[] = []
    for (const { key, value } of this.runner.takePages()) {
      if (value === undefined) this.pages.delete(key)
      else this.pages.set(key, value)
      ;(value === undefined ? removed : written).push(key)
    }
    return { written, removed }
  }

  /** Goes on from the saved pages in a fresh runner. */
  restart(): void {
    this.runner = this.#newRunner()
    this.runner.restore([...this.pages].map(([key, value]) => ({ key, value })))
  }
}
