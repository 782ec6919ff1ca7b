import { type Batch, batchFromRows, keyPartitions, rowsOf, splitByPartition } from '@millrace/columnar'
import { type PlanNode, type PlanSource, STAMP_FIELDS } from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FedRow, Feed } from '../../test/feed.ts'
import { col, planOf } from '../../test/plan-fixture.ts'
import { lowerPlan } from '../lower/lower-plan.ts'
import { batchSource } from './batch-source.ts'
import type { SentBatch } from './exchange-sender.ts'
import { groupGraph } from './job-graph.ts'
import { StageRunner } from './stage-runner.ts'

const WINDOW = {
  id: 'w',
  kind: 'window-aggregate',
  keys: ['txt1'],
  window: { kind: 'hopping', size_ms: 40, every_ms: 10 },
  aggregates: [
    { name: 'rows', fn: 'count' },
    { name: 'most', fn: 'max', args: [col('big1')] },
    { name: 'texts', fn: 'count_distinct', args: [col('key1')] },
  ],
} as const
const EXCHANGED = planOf([{ id: 'x', kind: 'exchange', input: 'n1', keys: ['txt1'] }, { ...WINDOW, input: 'x' } as PlanNode])
const GRAPH = groupGraph({ name: 'view', assets: [{ name: 'view', plan: lowerPlan(EXCHANGED) }] })
const UPSTREAM = 3
const SOURCE = [...EXCHANGED.sources.values()][0] as PlanSource
const FIELDS = [
  ...STAMP_FIELDS,
  ...SOURCE.fields.map((field) => ({ name: field.name, type: field.type, nullable: field.nullable === true })),
]

/** The second stage of a view, whose first runs in three partitions: what these send arrives in whatever order `next` says. */
class Skewed {
  readonly outputs: Batch[] = []
  readonly late: Batch[] = []
  held = 0
  readonly #options = { mode: 'as_served' as const, partitions: [UPSTREAM, 1] }
  readonly #first = Array.from({ length: UPSTREAM }, () => new StageRunner(GRAPH, GRAPH.stages[0], this.#options))
  readonly #waiting: SentBatch[][] = Array.from({ length: UPSTREAM }, () => [])
  readonly #pages = new Map<string, Uint8Array>()
  #second = new StageRunner(GRAPH, GRAPH.stages[1], this.#options)
  #arrival = 0

  ingest(rows: readonly FedRow[]): void {
    const batch = batchFromRows(
      FIELDS,
      rows.map((row) => [this.#arrival++, '0', 0, 0, 1, '', row.watermark, ...row.values]),
    )
    const parts = splitByPartition(batch, keyPartitions(batch, ['key1'], UPSTREAM), UPSTREAM)
    const header = { watermarkAfter: rows[rows.length - 1].watermark, ingestedAt: 0 }
    for (const [partition, part] of parts.entries()) {
      const runner = this.#first[partition]
      runner.push(0, 0, batchSource(part ?? batchFromRows(FIELDS, []), header))
      this.#waiting[partition].push(...runner.drainSent())
      this.late.push(...runner.drainLate('view'))
    }
  }

  /** Lets the next batch of a partition arrive, when there is one. */
  arrive(partition: number): void {
    const sent = this.#waiting[partition].shift()
    if (sent !== undefined) this.#second.push(0, partition, batchSource(sent.batch, sent))
    this.outputs.push(...this.#second.drainOutputs('view'))
  }

  restart(): void {
    for (const { key, value } of this.#second.takePages()) {
      if (key.endsWith('held/0') && value !== undefined) this.held++
      if (value === undefined) this.#pages.delete(key)
      else this.#pages.set(key, value)
    }
    this.#second = new StageRunner(GRAPH, GRAPH.stages[1], this.#options)
    this.#second.restore([...this.#pages].map(([key, value]) => ({ key, value })))
  }

  finish(): void {
    for (let partition = 0; partition < UPSTREAM; partition++) while (this.#waiting[partition].length > 0) this.arrive(partition)
    for (const _ of this.#second.finish()) this.outputs.push(...this.#second.drainOutputs('view'))
    this.outputs.push(...this.#second.drainOutputs('view'))
  }

  /** Of one view over all stages. */
  counters(): { readonly rowsIn: number; readonly rowsCounted: number; readonly lateAll: number; readonly lateMemberships: number } {
    const all = [...this.#first, this.#second].map((runner) => runner.countersOf('view'))
    const sum = (name: 'rowsIn' | 'rowsCounted' | 'lateAll' | 'lateMemberships'): number => all.reduce((total, one) => total + one[name], 0)
    return { rowsIn: sum('rowsIn'), rowsCounted: sum('rowsCounted'), lateAll: sum('lateAll'), lateMemberships: sum('lateMemberships') }
  }
}

interface DrawnRow {
  readonly step: number
  readonly behind: number
  readonly key: string | null
  readonly text: string | null
  readonly big: number | null
}

const rowArbitrary: fc.Arbitrary<DrawnRow> = fc.record({
  step: fc.integer({ min: 0, max: 12 }),
  behind: fc.integer({ min: 0, max: 50 }),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e', null),
  text: fc.constantFrom('x', 'y', null),
  big: fc.constantFrom(null, 1, 5),
})

function fedRows(drawn: readonly DrawnRow[]): FedRow[] {
  let now = 0
  let greatest = 0
  return drawn.map(({ step, behind, key, text, big }) => {
    now += step
    const watermark = greatest - 15
    greatest = Math.max(greatest, now - behind)
    return { watermark, values: [now - behind, key, big, null, text] }
  })
}

function texts(batches: readonly Batch[]): string[] {
  return batches.flatMap((batch) => rowsOf(batch).map((row) => JSON.stringify(row.slice(0, 6)))).sort()
}

describe('behind an exchange', () => {
  test('what windows hold, and what is late, is the same however far partitions run ahead of each other, and over restarts', () => {
    let held = 0
    fc.assert(
      fc.property(fc.array(rowArbitrary, { minLength: 1, maxLength: 60 }), fc.array(fc.nat(5), { maxLength: 120 }), (drawn, order) => {
        const rows = fedRows(drawn)
        const alone = new Feed(planOf([{ ...WINDOW, keys: ['key1', 'txt1'], input: 'n1' } as PlanNode]))
        const skewed = new Skewed()
        for (let from = 0; from < rows.length; from += 2) {
          skewed.ingest(rows.slice(from, from + 2))
          alone.push(rows.slice(from, from + 2))
        }
        for (const one of order) {
          if (one < UPSTREAM) skewed.arrive(one)
          else skewed.restart()
        }
        skewed.finish()
        held += skewed.held
        const inOrder = new Skewed()
        for (let from = 0; from < rows.length; from += 2) {
          inOrder.ingest(rows.slice(from, from + 2))
          for (let partition = 0; partition < UPSTREAM; partition++) for (let k = 0; k < 4; k++) inOrder.arrive(partition)
        }
        inOrder.finish()
        expect(texts(skewed.outputs)).toEqual(texts(inOrder.outputs))
        const { rowsIn, rowsCounted, lateAll, lateMemberships } = alone.runner.counters
        expect(skewed.counters()).toEqual({ rowsIn, rowsCounted, lateAll, lateMemberships })
        const memberships = skewed.outputs.flatMap((batch) => rowsOf(batch)).reduce((sum, row) => sum + Number(row[3]), 0)
        expect(memberships + lateMemberships).toBe(rows.length * 4)
        expect(skewed.late.reduce((sum, batch) => sum + batch.rows, 0)).toBe(alone.late().length)
      }),
      { numRuns: 100, verbose: true },
    )
    expect(held).toBeGreaterThan(10)
  })

  test('a window waits for the partition that is furthest behind', () => {
    const skewed = new Skewed()
    skewed.ingest([{ watermark: -100, values: [5, 'a', 1, null, 'x'] }])
    skewed.ingest([{ watermark: 50, values: [65, 'a', 1, null, 'x'] }])
    for (const partition of [0, 1]) for (let k = 0; k < 2; k++) skewed.arrive(partition)
    expect(texts(skewed.outputs)).toEqual([])
    skewed.arrive(2)
    expect(texts(skewed.outputs)).toEqual([])
    skewed.arrive(2)
    expect(texts(skewed.outputs).length).toBe(4)
  })

  test('only the columns that are needed travel', () => {
    const first = new StageRunner(GRAPH, GRAPH.stages[0], { mode: 'as_served', partitions: [1, 1] })
    const batch = batchFromRows(FIELDS, [[0, '0', 0, 0, 1, '', -100, 5, 'a', 1, 0.5, 'x']])
    first.push(0, 0, batchSource(batch, { watermarkAfter: 0, ingestedAt: 7 }))
    const [sent] = first.drainSent()
    expect(sent.batch.columns.length).toBe(5)
    expect([sent.watermarkAfter, sent.ingestedAt, sent.batch.rows]).toEqual([0, 7, 1])
  })
})
