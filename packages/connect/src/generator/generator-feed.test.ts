import { rowsOf } from '@millrace/columnar'
import { generator } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { GeneratorFeed, type GeneratorState } from './generator-feed.ts'

const START = Date.UTC(2026, 0, 1)
const stream = {
  topic: 'made',
  eventTime: 'ts1',
  fields: [
    { name: 'ts1', type: 'timestamp' },
    { name: 'txt1', type: 'string' },
    { name: 'int1', type: 'int32', min: '0' },
    { name: 'num1', type: 'double', nullable: true },
    { name: 'big1', type: 'int64' },
    { name: 'flag1', type: 'boolean', nullable: true },
  ],
}
const declare = (options: { seed?: number; count?: number } = {}) =>
  generator({
    seed: 7,
    rate: 100_000,
    spread: '5s',
    ...options,
    fields: {
      txt1: { text: 'd-{0-9}/{n}/{10-99}' },
      int1: { integer: [-1, 9] },
      num1: { number: [0, 1], nulls: 0.25 },
      big1: { sequence: 100 },
    },
  })

/** Everything that is made, stopped after so many parts. */
async function make(declaration: ReturnType<typeof declare>, options: { state?: GeneratorState; partsMax?: number } = {}) {
  const controller = new AbortController()
  const feed = new GeneratorFeed({ stream, declaration, state: options.state })
  const rows: unknown[][] = []
  let state = options.state ?? { made: 0 }
  let letters = 0
  let parts = 0
  for await (const part of feed.parts(controller.signal)) {
    const decoded = part.decode?.(1)
    rows.push(...(decoded === undefined ? [] : rowsOf(decoded.batch)))
    letters += decoded?.deadLetters.length ?? 0
    state = part.state as GeneratorState
    if (++parts === options.partsMax) controller.abort()
  }
  return { rows, letters, state }
}

describe('a generator', () => {
  it('makes the same records for the same seed, also when it is stopped and started', async () => {
    const whole = await make(declare({ count: 30_000 }))
    expect(whole.rows.length + whole.letters).toBe(30_000)
    const first = await make(declare({ count: 30_000 }), { partsMax: 1 })
    expect(first.state.made).toBeLessThan(30_000)
    const rest = await make(declare({ count: 30_000 }), { state: first.state })
    expect([...first.rows, ...rest.rows]).toEqual(whole.rows)
    expect((await make(declare({ count: 30_000, seed: 8 }))).rows).not.toEqual(whole.rows)
  })

  it('keeps to its declarations, and what is against the contract is a dead letter', async () => {
    const { rows, letters } = await make(declare({ count: 20_000 }))
    expect(letters / 20_000).toBeCloseTo(1 / 11, 1)
    const ints = new Set(rows.map((row) => row[2]))
    expect([...ints].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const value of ints) expect(rows.filter((row) => row[2] === value).length / rows.length).toBeCloseTo(0.1, 1)
    expect(rows.filter((row) => row[3] === null).length / rows.length).toBeCloseTo(0.25, 1)
    for (const [time, text, , number, big, flag] of rows) {
      const order = START + Math.floor((Number(big) - 100) / 100)
      expect(Number(time) <= order && Number(time) >= order - 5000).toBe(true)
      expect(text).toMatch(new RegExp(`^d-[0-9]/${Number(big) - 100}/[1-9][0-9]$`))
      expect(number === null || (Number(number) >= 0 && Number(number) < 1)).toBe(true)
      expect(flag).toBeNull()
    }
  })

  it('keeps to its rate', async () => {
    const declaration = { ...declare({ count: 1_000 }), rate: 2_000 }
    const began = performance.now()
    await make(declaration)
    expect(performance.now() - began).toBeGreaterThan(380)
  })

  it.each([
    [{ txt1: { text: 'a' } }, 'int1'],
    [{ ...declare().fields, other: { sequence: 0 } }, 'other'],
    [{ ...declare().fields, ts1: { sequence: 0 } }, 'ts1'],
  ])('is refused where fields are missing or unknown', (fields, asked) => {
    expect(() => new GeneratorFeed({ stream, declaration: { ...declare(), fields } })).toThrow(
      expect.objectContaining({ code: 'project/not-generated', facts: expect.objectContaining({ asked }) }),
    )
  })

  it.each([
    { seed: 1.5 },
    { rate: 0 },
    { start: 'yesterday' },
    { speed: 0 },
    { count: 0 },
    { fields: { a: { pick: [] } } },
    { fields: { a: { integer: [2, 1] as const } } },
    { fields: { a: { sequence: 0, nulls: 2 } } },
  ])('is refused as %j', (options) => {
    expect(() => generator({ seed: 1, rate: 1, fields: {}, ...options })).toThrow(expect.objectContaining({ family: 'user' }))
  })
})
