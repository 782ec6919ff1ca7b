import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutputColumn } from '../window/output-column.ts'
import { DistinctWindowState } from './distinct-window-state.ts'

const steps = fc.array(fc.record({ key: fc.integer({ min: 0, max: 3 }), value: fc.integer({ min: 1, max: 80 }), add: fc.boolean() }), {
  maxLength: 400,
})

test('counts the pairs that are held, whatever is added and taken out', () => {
  fc.assert(
    fc.property(steps, (drawn) => {
      const state = new DistinctWindowState(1000)
      state.ensure(4)
      const held: [number, number][] = []
      for (const { key, value, add } of drawn) {
        if (add) {
          state.add(key, value)
          held.push([key, value])
        } else {
          const pair = held.splice(value % Math.max(1, held.length), 1)[0]
          if (pair !== undefined) state.remove(...pair)
        }
      }
      const out = new OutputColumn({ name: 'n', type: 'int64', nullable: false })
      state.emit({ groups: Int32Array.of(0, 1, 2, 3), from: 0, count: 4, at: 0 }, out, { overflows: 0, saturated: 0 })
      const expected = [0, 1, 2, 3].map((key) => new Set(held.filter((pair) => pair[0] === key).map((pair) => pair[1])).size)
      expect([...out.numbers.subarray(0, 4)]).toEqual(expected)
    }),
    { numRuns: 300, verbose: true },
  )
})
