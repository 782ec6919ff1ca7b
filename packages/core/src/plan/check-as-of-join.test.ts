import { describe, expect, it } from 'vitest'
import { dedupe, exchange, join, latest, output, over, refusal, revised, window } from '../../test/plan-fixture.ts'

const asOf = (changes: object = {}, left = 'events') => join('as-of', left, 'rights', changes)

describe('an as-of join', () => {
  it('keeps left’s time, tie, window and place, and has no stamps', () => {
    const { tie, eventTime, stamped, origins, source, partitionedBy, upsert, immediate } = output([asOf()])
    expect({ tie, eventTime, partitionedBy }).toEqual({
      tie: { arrival: 'always', positions: 1 },
      eventTime: 'ts1',
      partitionedBy: ['txt1'],
    })
    expect({ stamped, origins, source, upsert, immediate }).toEqual({
      stamped: false,
      origins: [],
      source: undefined,
      upsert: false,
      immediate: false,
    })
    const ofWindows = output([window('w', 'events', ['txt1']), asOf({}, 'w')])
    expect(ofWindows.window).toEqual({ start: 'window_start', end: 'window_end' })
    expect(ofWindows.tie.arrival).toBe('never')
  })

  it('makes right’s columns nullable when it is a left join', () => {
    const { fields } = output([asOf({ how: 'left', strict: true, max_age_ms: 0 })])
    expect(fields.filter((field) => field.name.endsWith('2')).every((field) => field.nullable)).toBe(true)
    expect(output([asOf({ how: 'inner' })]).fields.find((field) => field.name === 'ts2')?.nullable).toBe(false)
  })

  it('gives corrected rows where one of its sides is corrected', () => {
    expect(output([asOf()], revised('events')).upsert).toBe(true)
    expect(output([asOf()], revised('rights')).upsert).toBe(true)
    expect(output([dedupe('d', 'events', ['txt1']), asOf({}, 'd')], revised('others')).upsert).toBe(false)
  })

  const refused: readonly (readonly [string, string, readonly object[]])[] = [
    ['a negative age', 'plan/bad-bound', [asOf({ max_age_ms: -1 })]],
    ['an age of more than 3,000 years', 'plan/bad-bound', [asOf({ max_age_ms: 100_000_000_000_001 })]],
    ['no columns that must be equal', 'plan/join-without-key', [asOf({ on: [] })]],
    ['a left side that is corrected', 'plan/time-over-upsert', [latest('c', 'events', ['txt1']), asOf({}, 'c')]],
    ['a right side that is corrected', 'plan/time-over-upsert', [latest('c', 'rights', ['txt2']), asOf({ right: 'c' })]],
    [
      'sides in different numbers of partitions',
      'plan/partition-counts',
      [exchange('x', 'events', ['txt1'], 2), exchange('y', 'rights', ['txt2'], 3), asOf({ right: 'y' }, 'x')],
    ],
    ['a name that both sides have', 'plan/clashing-names', [over('o', 'events', ['txt1']), asOf({ right: 'o', on: [['txt1', 'txt1']] })]],
  ]
  it.each(refused)('refuses %s with %s', (_, code, nodes) => {
    expect(refusal(nodes).code).toBe(code)
  })

  it('says which bound is wrong, and what would be right', () => {
    const { message, facts } = refusal([asOf({ max_age_ms: -1 })])
    expect(message).toBe('The join `j` has -1 as its `max_age_ms`, less than 0.')
    expect(facts.do).toBe('Give 0 or more.')
    expect(refusal([asOf({ max_age_ms: 100_000_000_000_001 })]).message).toBe(
      'The join `j` has 100000000000001 as its `max_age_ms`, more than 100000000000000.',
    )
  })
})
