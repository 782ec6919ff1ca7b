import { expect, it } from 'vitest'
import { contract, t } from '../contract/index.ts'
import { add, count, div } from '../expr/index.ts'
import { features, hopping, joined, logFiles, stream } from './index.ts'
import { type MaxAge, viewAges } from './view-age.ts'

const Log = contract('log', { eventTime: 'ts1', key: 'txt1', fields: { ts1: t.timestamp(), txt1: t.string() } })
const from = logFiles('*.log', { format: 'combined' })
const events = stream('events', { contract: Log, from, watermark: { delay: '30s' }, late: 'keep' })
const counts = (name: string, size: '5m' | '1h' | '1d') =>
  features(name, events, { entity: 'txt1', window: hopping(size, { every: '1m' }), columns: () => ({ hits: count() }) })
const [now, hour, day] = [counts('now', '5m'), counts('hour', '1h'), counts('day', '1d')]
const signals = joined('signals', now, {
  with: { past: hour, day },
  columns: (v, { past, day: whole }) => ({
    twice: add(v.hits, v.hits),
    past_hits: past.hits,
    share: div(past.hits, whole.hits),
    of_day: div(v.hits, whole.hits),
  }),
})
const ages = (maxAge: MaxAge | undefined) => viewAges(signals, maxAge, 'm')

it('is of the whole row where one length of time is given, and of nothing where none is', () => {
  expect(ages('1h')).toEqual({ rowMs: 3_600_000, featureMs: {} })
  expect(ages(undefined)).toEqual({ rowMs: undefined, featureMs: {} })
})

it("bounds the row by its base's, and each column by the least of the other views that it reads", () => {
  expect(ages({ now: '1h', hour: '10m' })).toEqual({ rowMs: 3_600_000, featureMs: { past_hits: 600_000, share: 600_000 } })
  expect(ages({ hour: '10m', day: '5m' })).toEqual({
    rowMs: undefined,
    featureMs: { past_hits: 600_000, share: 300_000, of_day: 300_000 },
  })
  expect(viewAges(now, { now: '1h' }, 'm')).toEqual({ rowMs: 3_600_000, featureMs: {} })
})

it('refuses the name of no view of the row, also an alias, and what is no length of time', () => {
  expect(() => ages({ past: '1h' })).toThrow(
    expect.objectContaining({
      code: 'project/not-joined',
      facts: expect.objectContaining({ asked: 'past', found: ['now', 'hour', 'day'] }),
    }),
  )
  expect(() => viewAges(now, { hour: '1h' }, 'm')).toThrow(expect.objectContaining({ code: 'project/not-joined' }))
  expect(() => ages({ hour: 'soon' as '1h' })).toThrow(expect.objectContaining({ code: 'project/bad-duration' }))
  expect(() => ages('soon' as '1h')).toThrow(expect.objectContaining({ code: 'project/bad-duration' }))
})
