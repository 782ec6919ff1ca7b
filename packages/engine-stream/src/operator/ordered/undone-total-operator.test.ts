import { type Batch, batchFromRows, type Field, rowsOf } from '@millrace/columnar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AggregatePlan, TotalPlan } from '../physical-plan.ts'
import type { RowSource } from '../row-source.ts'
import type { KeptPage } from '../state-page.ts'
import { newWindowCounters } from '../window-counters.ts'
import { CHANGE, takesBack } from './change.ts'
import { frameOf } from './ordered-rows.ts'
import type { RowOperator } from './row-operator.ts'
import { canUndo, UndoneTotalOperator } from './undone-total-operator.ts'

const FIELDS: readonly Field[] = [
  { name: 'r0', type: 'int64', nullable: true },
  { name: 'r1', type: 'int64', nullable: true },
  { name: 'r2', type: 'int32', nullable: false },
]

function aggregate(fn: AggregatePlan['fn'], argument: number | null): AggregatePlan {
  const type = fn === 'avg' ? 'double' : 'int64'
  return {
    name: fn,
    fn,
    argument,
    argumentType: argument === null ? null : 'int64',
    where: null,
    max: null,
    share: null,
    order: null,
    field: { name: fn, type, nullable: true },
  }
}

const PLAN: TotalPlan = {
  kind: 'total',
  keys: [0],
  keyFields: [{ name: 'key', type: 'int64', nullable: true }],
  aggregates: [aggregate('count', null), aggregate('sum', 1), aggregate('avg', 1)],
  change: 2,
}
const OUTPUT = ['key', 'count', 'sum', 'avg', '_op']

type Row = readonly [key: number | null, value: number | null]

/** An operator with the rows that are left of what it said. */
class Watched {
  readonly rows = new Map<string, number>()
  operator: RowOperator = this.#fresh()
  readonly #pages = new Map<string, Uint8Array>()

  #fresh(): RowOperator {
    const options = {
      mode: 'as_served' as const,
      inputs: [{ columns: FIELDS.map(({ type }, register) => ({ register, type })), registers: FIELDS.length }],
      counters: newWindowCounters(),
      onOutput: (rows: RowSource) => this.#note(rows),
    }
    return new UndoneTotalOperator(PLAN, options)
  }

  #note(source: RowSource): void {
    const columns = OUTPUT.map((name) => source.column(name))
    const fields = OUTPUT.map(
      (name): Field => ({ name, type: name === '_op' ? 'int32' : name === 'avg' ? 'double' : 'int64', nullable: true }),
    )
    const batch: Batch = { rows: source.rows, fields, columns }
    for (const values of rowsOf(batch)) {
      const text = JSON.stringify(values.slice(0, -1))
      const count = (this.rows.get(text) ?? 0) + (takesBack(values.at(-1) as number) ? -1 : 1)
      if (count === 0) this.rows.delete(text)
      else this.rows.set(text, count)
    }
  }

  push(rows: readonly (readonly [...Row, change: number])[]): void {
    this.operator.push(0, frameOf(batchFromRows(FIELDS, rows), FIELDS.length), 0)
  }

  restart(): void {
    for (const { key, value } of this.operator.takePages()) {
      if (value === undefined) this.#pages.delete(key)
      else this.#pages.set(key, value)
    }
    this.operator = this.#fresh()
    this.operator.restore(
      [...this.#pages].map(([key, value]): KeptPage => ({ key, value })),
      [0],
    )
  }

  get answer(): string[] {
    expect([...this.rows.values()].every((count) => count === 1)).toBe(true)
    return [...this.rows.keys()].sort()
  }
}

function expected(rows: readonly Row[]): string[] {
  return [...Map.groupBy(rows, ([key]) => key)]
    .map(([key, of]) => {
      const values = of.flatMap(([, value]) => (value === null ? [] : [value]))
      const sum = values.length === 0 ? null : values.reduce((a, b) => a + b, 0)
      return JSON.stringify([key, of.length, sum, sum === null ? null : sum / values.length])
    })
    .sort()
}

const row = fc.tuple(fc.option(fc.integer({ min: 0, max: 5 })), fc.option(fc.integer({ min: -9, max: 9 })))
const step = fc.record({
  add: fc.array(row, { maxLength: 6 }),
  /** Which of the current rows go. */
  take: fc.array(fc.nat(), { maxLength: 6 }),
  restart: fc.boolean(),
})

test('what is left after rows came, went and the state was restored is what the current rows give', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const watched = new Watched()
      const current: Row[] = []
      for (const { add, take, restart } of steps) {
        const gone = take.flatMap((place) => (current.length === 0 ? [] : current.splice(place % current.length, 1)))
        current.push(...add)
        const changes = [...gone.map((one) => [...one, CHANGE.remove] as const), ...add.map((one) => [...one, CHANGE.insert] as const)]
        if (changes.length > 0) watched.push(changes)
        if (restart) watched.restart()
        expect(watched.answer).toEqual(expected(current))
      }
    }),
  )
})

test('groups without rows are dropped, those that stay keep their rows', () => {
  const watched = new Watched()
  const rows = Array.from({ length: 12_000 }, (_, key): Row => [key, key])
  watched.push(rows.map((one) => [...one, CHANGE.insert] as const))
  watched.restart()
  watched.push(rows.slice(500).map((one) => [...one, CHANGE.remove] as const))
  watched.operator.compact()
  expect(watched.operator.tableSizes.keys).toBeLessThan(600)
  watched.restart()
  watched.push([[3, 7, CHANGE.insert]])
  expect(watched.answer).toEqual(expected([...rows.slice(0, 500), [3, 7]]))
})

test('an extreme or a distinct count cannot be undone', () => {
  expect(canUndo(PLAN)).toBe(true)
  for (const fn of ['max', 'count_distinct'] as const) expect(canUndo({ ...PLAN, aggregates: [aggregate(fn, 1)] })).toBe(false)
})
