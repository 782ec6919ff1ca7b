import { describe, expect, it } from 'vitest'
import { latest, namesOf, output, over, refusal, revised, window } from '../../test/plan-fixture.ts'

const count = (name: string) => ({ name, fn: 'count' })

describe('an over-aggregate', () => {
  it('gives the input’s columns, then the aggregates', () => {
    const checked = output([over('o', 'events', ['txt1'], { aggregates: [count('a'), { name: 'b', fn: 'max', args: [{ col: 'dbl1' }] }] })])
    expect(namesOf(checked)).toEqual(['ts1', 'txt1', 'int1', 'big1', 'dbl1', 'boo1', 'a', 'b'])
    expect(checked.fields.slice(-2).map(({ type, nullable }) => `${type} ${nullable}`)).toEqual(['int64 false', 'double true'])
  })

  it('keeps time, tie, window and place, and has no stamps', () => {
    const checked = output([over('o', 'events', ['txt1'])])
    expect(checked).toMatchObject({ eventTime: 'ts1', tie: { arrival: 'always', positions: 1 }, partitionedBy: ['txt1'] })
    expect(checked).toMatchObject({ stamped: false, source: undefined, origins: [], upsert: false, immediate: false })
    expect(output([window('w', 'events', ['txt1']), over('o', 'w', ['txt1'])]).window?.end).toBe('window_end')
  })

  it('gives corrected rows over a source whose results are corrected', () => {
    expect(output([over('o', 'events', ['txt1'])], revised('events')).upsert).toBe(true)
  })

  const refused: readonly (readonly [string, string, readonly object[]])[] = [
    ['a key that is not there', 'plan/unknown-column', [over('o', 'events', ['txt1', 'gone'])]],
    ['a floating-point key', 'plan/float-key', [over('o', 'events', ['txt1', 'dbl1'])]],
    ['a negative range', 'plan/bad-bound', [over('o', 'events', ['txt1'], { range_ms: -1 })]],
    ['a range of more than 3,000 years', 'plan/bad-bound', [over('o', 'events', ['txt1'], { range_ms: 100_000_000_000_001 })]],
    ['rows that are corrected', 'plan/time-over-upsert', [latest('c', 'events', ['txt1']), over('o', 'c', ['txt1'])]],
    ['an aggregate called like a column', 'plan/clashing-names', [over('o', 'events', ['txt1'], { aggregates: [count('int1')] })]],
    ['two aggregates of one name', 'plan/clashing-names', [over('o', 'events', ['txt1'], { aggregates: [count('a'), count('a')] })]],
    ['a system column’s name', 'plan/system-name', [over('o', 'events', ['txt1'], { aggregates: [count('_a')] })]],
    ['no range', 'plan/shape', [over('o', 'events', ['txt1'], { range_ms: undefined })]],
  ]
  it.each(refused)('refuses %s with %s', (_, code, nodes) => {
    expect(refusal(nodes).code).toBe(code)
  })

  it('says what is wrong in one sentence', () => {
    expect(refusal([over('o', 'events', ['txt1'], { range_ms: -1 })]).message).toBe(
      'The over-aggregate `o` has -1 as its `range_ms`, less than 0.',
    )
    expect(refusal([latest('c', 'events', ['txt1']), over('o', 'c', ['txt1'])]).message).toBe(
      'The over-aggregate `o` reads rows that are corrected as more comes in, those of `c`.',
    )
  })
})
