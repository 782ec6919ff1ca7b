import { describe, expect, it } from 'vitest'
import { sql, table } from './table-asset.ts'
import { daily, hourly } from './table-partition.ts'

const orders = { kind: 'stream', name: 'orders' }

describe('a partitioned table', () => {
  const revenue = table('revenue', {
    partition: daily(),
    sql: ({ slice }) => sql`select day from ${orders} where ${slice.on('o.ordered_at')} and shop <> ${"it's"}`,
  })

  it('says its statement over everything and over one slice', () => {
    expect(revenue.sql).toBe(`select day from "orders" where true and shop <> 'it''s'`)
    expect(revenue.sliceSql({ from: 0, to: 86_400_000 })).toBe(
      `select day from "orders" where ("o"."ordered_at" >= TIMESTAMPTZ '1970-01-01T00:00:00.000Z' AND "o"."ordered_at" < TIMESTAMPTZ '1970-01-02T00:00:00.000Z') and shop <> 'it''s'`,
    )
    expect(revenue.named).toEqual([orders])
    expect(revenue.partition).toEqual({ unit: 'day', column: 'day' })
    expect(hourly({ column: 'seen' })).toEqual({ unit: 'hour', column: 'seen' })
  })

  it('is refused without `slice.on`, as `slice.on` is without a partition', () => {
    expect(() => table('a', { partition: daily(), sql: 'select 1 as day' })).toThrow(
      expect.objectContaining({ code: 'project/bad-partition' }),
    )
    expect(() => table('b', { sql: ({ slice }) => sql`select 1 as one from ${orders} where ${slice.on('t')}` })).toThrow(
      expect.objectContaining({ code: 'project/bad-partition' }),
    )
  })
})
