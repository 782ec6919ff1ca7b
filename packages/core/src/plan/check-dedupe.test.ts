import { describe, expect, it } from 'vitest'
import { dedupe, everything, exchange, namesOf, output, refusal, revised, union, window } from '../../test/plan-fixture.ts'

describe('a dedupe', () => {
  it('keeps columns, time, tie, window and place, and has no stamps', () => {
    const checked = output([union('u', ['events', 'others']), dedupe('d', 'u', ['txt1', 'int1'])])
    expect(namesOf(checked)).toEqual(['ts1', 'txt1', 'int1', 'big1', 'dbl1', 'boo1'])
    expect(checked).toMatchObject({ eventTime: 'ts1', tie: { arrival: 'always', positions: 2 }, partitionedBy: ['txt1'] })
    expect(checked).toMatchObject({ stamped: false, source: undefined, origins: [], upsert: false, immediate: false })
    expect(output([window('w', 'events', ['txt1']), dedupe('d', 'w', ['txt1'])]).window).toEqual({
      start: 'window_start',
      end: 'window_end',
    })
  })

  it('gives corrected rows over a source whose results are corrected', () => {
    expect(output([dedupe('d', 'events', ['txt1'])], revised('events')).upsert).toBe(true)
  })

  it('takes a horizon of 0, which drops equal times only', () => {
    expect(output([dedupe('d', 'events', ['txt1'], 0)]).upsert).toBe(false)
  })

  const refused: readonly (readonly [string, string, readonly object[]])[] = [
    ['a column that is not there', 'plan/unknown-column', [dedupe('d', 'events', ['txt1', 'txt2'])]],
    ['a floating-point key', 'plan/float-key', [dedupe('d', 'events', ['txt1', 'dbl1'])]],
    ['a negative horizon', 'plan/bad-bound', [dedupe('d', 'events', ['txt1'], -1)]],
    ['a horizon of more than 3,000 years', 'plan/bad-bound', [dedupe('d', 'events', ['txt1'], 100_000_000_000_001)]],
    ['rows that are corrected', 'plan/time-over-upsert', [everything('e', 'events', ['txt1']), dedupe('d', 'e', ['txt1'])]],
    ['a horizon that is no number', 'plan/shape', [{ ...dedupe('d', 'events', ['txt1']), horizon_ms: '1h' }]],
  ]
  it.each(refused)('refuses %s with %s', (_, code, nodes) => {
    expect(refusal(nodes).code).toBe(code)
  })

  it('keeps rows where they lie', () => {
    expect(output([exchange('x', 'events', []), dedupe('d', 'x', [])]).partitionedBy).toEqual([])
  })
})
