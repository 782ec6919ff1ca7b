import { batchFromRows, type Column } from '@millrace/columnar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutputColumn } from '../window/output-column.ts'
import type { AggregateState } from './aggregate-state.ts'
import { ApproxDistinctState } from './approx-distinct-state.ts'
import { QuantileState } from './quantile-state.ts'

const DOUBLE = { name: 'x', type: 'double', nullable: true }

function column(values: readonly number[]): Column {
  return batchFromRows(
    [DOUBLE],
    values.map((value) => [value]),
  ).columns[0]
}

function filled<T extends AggregateState>(state: T, values: readonly number[]): T {
  const rows = Int32Array.from(values.keys())
  state.ensure(1)
  state.update({ column: column(values), take: null, ids: null }, { rows, groups: new Int32Array(rows.length), count: rows.length })
  return state
}

function result(state: AggregateState): number | null {
  const out = new OutputColumn(DOUBLE)
  state.emit({ groups: Int32Array.of(0), from: 0, count: 1, at: 0 }, out, { overflows: 0, saturated: 0 })
  const found = out.take(1) as Column & { readonly kind: 'double' }
  return found.nulls?.[0] === 1 ? null : found.values[0]
}

/** A state with what another one saved. */
function restored<T extends AggregateState>(state: T, fresh: T): T {
  fresh.ensure(1)
  fresh.load(state.save(0, 1), 0)
  return fresh
}

test('the number of different values is off by at most 5 %, in parts and as a whole', () => {
  for (const size of [0, 1, 400, 600, 5_000, 40_000, 300_000]) {
    const values = Array.from({ length: size }, (_, i) => i * 1.5)
    const whole = filled(new ApproxDistinctState(), values)
    const parts = filled(new ApproxDistinctState(), values.slice(0, size / 3))
    parts.merge(0, filled(new ApproxDistinctState(), values.slice(size / 4)), 0)
    for (const state of [whole, parts, restored(whole, new ApproxDistinctState())]) {
      expect(Math.abs((result(state) as number) - size)).toBeLessThanOrEqual(size <= 512 ? 0 : size * 0.05)
    }
  }
})

const VALUES = fc.array(
  fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }), fc.integer().map(Number), fc.constant(0)),
  { minLength: 1, maxLength: 300 },
)
const SHARES = ['0', '0.01', '0.5', '0.95', '1']

test('a quantile is off by at most 1 %, in any order, in parts, and after parts were taken out', () => {
  fc.assert(
    fc.property(VALUES, VALUES, fc.constantFrom(...SHARES), (values, others, q) => {
      const state = filled(new QuantileState({ q }), values.toReversed())
      state.merge(0, filled(new QuantileState({ q }), others), 0)
      state.unmerge(0, filled(new QuantileState({ q }), others), 0)
      const sorted = values.toSorted((a, b) => a - b)
      const exact = sorted[Math.max(Math.ceil(Number((Number(q) * sorted.length).toFixed(9))), 1) - 1]
      for (const one of [state, restored(state, new QuantileState({ q }))]) {
        expect(Math.abs((result(one) as number) - exact)).toBeLessThanOrEqual(Math.abs(exact) * 0.01 + 1e-300)
      }
    }),
  )
})
