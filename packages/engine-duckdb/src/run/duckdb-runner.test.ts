import { describe, expect, it } from 'vitest'
import { col, fn, int, lit, num, type Row, run, sorted } from '../../test/fixture.ts'

const count = [{ name: 'n', fn: 'count' }]
const window = (kind: object, keys: readonly string[], aggregates: readonly object[] = count, input = 'n1'): object => ({
  id: `w${input}`,
  kind: 'window-aggregate',
  input,
  keys,
  window: kind,
  aggregates,
})
const tumbling = { kind: 'tumbling', size_ms: 1_000 }
const hopping = { kind: 'hopping', size_ms: 3_000, every_ms: 1_000 }
const all = { kind: 'all' }

describe('windows', () => {
  it('are half open and aligned to the epoch, also before 1970', async () => {
    const { rows } = await run(
      [window(tumbling, [])],
      [-1, 0, 999, 1_000, -1_000, -1_001].map((ts1) => ({ ts1 })),
    )
    expect(sorted(rows)).toEqual(
      sorted([
        [-2_000, -1_000, 1],
        [-1_000, 0, 2],
        [0, 1_000, 2],
        [1_000, 2_000, 1],
      ]),
    )
  })

  it('shift by their offset', async () => {
    const { rows } = await run([window({ ...tumbling, offset_ms: 300 }, [])], [{ ts1: -1 }, { ts1: 299 }, { ts1: 300 }])
    expect(sorted(rows)).toEqual(
      sorted([
        [-700, 300, 2],
        [300, 1_300, 1],
      ]),
    )
    const back = await run([window({ ...tumbling, offset_ms: -2_300 }, [])], [{ ts1: -1 }])
    expect(back.rows).toEqual([[-300, 700, 1]])
  })

  it('hold a row once per step when they hop', async () => {
    const { rows } = await run([window(hopping, [])], [{ ts1: -1 }])
    expect(sorted(rows)).toEqual(
      sorted([
        [-3_000, 0, 1],
        [-2_000, 1_000, 1],
        [-1_000, 2_000, 1],
      ]),
    )
  })

  it('put null keys into one group and tell texts apart by bytes', async () => {
    const { rows } = await run(
      [window(tumbling, ['txt1', 'int1'])],
      [{ txt1: null }, { txt1: null }, { txt1: '' }, { txt1: 'É' }, { txt1: 'E\u0301' }, { int1: 1 }],
    )
    expect(sorted(rows)).toEqual(
      sorted([
        [0, 1_000, null, null, 2],
        [0, 1_000, '', null, 1],
        [0, 1_000, 'É', null, 1],
        [0, 1_000, 'E\u0301', null, 1],
        [0, 1_000, null, 1, 1],
      ]),
    )
  })

  it('may stand over windows, behind filters and projects, by the inner window’s end', async () => {
    const nodes = [
      window(tumbling, ['txt1']),
      { id: 'n3', kind: 'filter', input: 'wn1', where: fn('gt', col('n'), int(0)) },
      {
        id: 'n4',
        kind: 'project',
        input: 'n3',
        columns: [
          { name: 'txt1', expr: col('txt1') },
          { name: 'n', expr: col('n') },
        ],
      },
      window({ kind: 'tumbling', size_ms: 2_000 }, ['txt1'], [{ name: 'sum1', fn: 'sum', args: [col('n')] }], 'n4'),
    ]
    const { rows } = await run(
      nodes,
      [
        { ts1: 0, txt1: 'a' },
        { ts1: 1_999, txt1: 'a' },
        { ts1: 2_000, txt1: 'a', watermark: 1e12 },
      ],
      'exact',
    )
    expect(sorted(rows)).toEqual(
      sorted([
        [0, 2_000, 'a', 2],
        [2_000, 4_000, 'a', 1],
      ]),
    )
  })

  it('hide the input’s window columns when they stand over windows', async () => {
    const outer = window({ kind: 'tumbling', size_ms: 10_000 }, [], [{ name: 'first1', fn: 'min', args: [col('window_start')] }], 'wn1')
    const { rows } = await run([window(tumbling, []), outer], [{ ts1: 1_500 }, { ts1: 3_500 }])
    expect(rows).toEqual([[0, 10_000, 1_000]])
  })

  it('give no rows for no input, also without window and keys', async () => {
    for (const kind of [tumbling, hopping, all]) expect((await run([window(kind, [])], [])).rows).toEqual([])
    expect((await run([window(all, [])], [{}, {}])).rows).toEqual([[2]])
    expect(sorted((await run([window(all, ['txt1'])], [{ txt1: 'a', watermark: 1e12 }, { txt1: null }])).rows)).toEqual(
      sorted([
        ['a', 1],
        [null, 1],
      ]),
    )
  })

  it('follow the event time that a project chose, not the column’s value', async () => {
    const drop = { id: 'n2', kind: 'project', input: 'n1', columns: [{ name: 'txt1', expr: col('txt1') }] }
    expect((await run([drop, window(tumbling, [], count, 'n2')], [{ ts1: 5_500 }])).rows).toEqual([[5_000, 6_000, 1]])
    const moved = {
      id: 'n2',
      kind: 'project',
      input: 'n1',
      columns: [
        { name: 'ts1', expr: { cast: int(1_500), to: 'timestamp' } },
        { name: 'at1', expr: col('ts1'), event_time: true },
      ],
    }
    expect((await run([moved, window(tumbling, [], count, 'n2')], [{ ts1: 7_500 }])).rows).toEqual([[7_000, 8_000, 1]])
  })
})

describe('lateness', () => {
  const rows: readonly Row[] = [
    { ts1: 500, watermark: 1_000 },
    { ts1: 500, watermark: 999 },
    { ts1: 500, watermark: 2_000 },
    { ts1: 500, watermark: 3_000 },
  ]

  it('is judged per window by its end against the row’s own stamp', async () => {
    const { rows: got, late } = await run([window(hopping, [])], rows)
    expect(sorted(got)).toEqual(
      sorted([
        [-2_000, 1_000, 1],
        [-1_000, 2_000, 2],
        [0, 3_000, 3],
      ]),
    )
    expect([...late].sort((a, b) => a.arrival - b.arrival)).toEqual([
      { source: 'events', arrival: 0, late: 'some', windows_missed: 1, node: 'wn1' },
      { source: 'events', arrival: 2, late: 'some', windows_missed: 2, node: 'wn1' },
      { source: 'events', arrival: 3, late: 'all', windows_missed: 3, node: 'wn1' },
    ])
  })

  it('balances: counted memberships and missed ones are rows times windows per row', async () => {
    const { rows: got, late } = await run([window(hopping, [])], rows)
    const counted = got.reduce((sum, row) => sum + Number(row[2]), 0)
    expect(counted + late.reduce((sum, entry) => sum + entry.windows_missed, 0)).toBe(rows.length * 3)
  })

  it('does not exist in mode exact, without a window, or for rows filtered out before', async () => {
    expect(await run([window(tumbling, [])], rows, 'exact')).toMatchObject({ rows: [[0, 1_000, 4]], late: [] })
    expect(await run([window(all, [])], rows)).toMatchObject({ rows: [[4]], late: [] })
    const none = { id: 'n2', kind: 'filter', input: 'n1', where: lit('false', 'boolean') }
    expect(await run([none, window(tumbling, [], count, 'n2')], rows)).toMatchObject({ rows: [], late: [] })
  })

  it('leaves no window row when every row of it was late', async () => {
    expect((await run([window(tumbling, [])], [{ ts1: 0, watermark: 1_000 }])).rows).toEqual([])
  })
})

describe('aggregates', () => {
  const of = async (aggregates: readonly object[], rows: readonly Row[]): Promise<readonly unknown[]> =>
    (await run([window(all, [], aggregates)], rows)).rows[0]
  const MAX = 2n ** 63n - 1n

  it('sum int64 exactly: only the final sum can overflow', async () => {
    const sum = [{ name: 's', fn: 'sum', args: [col('big1')] }]
    expect(await of(sum, [{ big1: MAX }, { big1: MAX }, { big1: -MAX }])).toEqual([MAX])
    expect(await of(sum, [{ big1: MAX }, { big1: 1n }])).toEqual([null])
    expect(await of(sum, [{ big1: null }])).toEqual([null])
    expect(await of([{ name: 's', fn: 'sum', args: [col('int1')] }], [{ int1: 2_147_483_647 }, { int1: 2_147_483_647 }])).toEqual([
      4_294_967_294,
    ])
  })

  it('average integers as double(sum) / double(count), null beyond int64', async () => {
    const avg = [{ name: 'a', fn: 'avg', args: [col('big1')] }]
    expect(await of(avg, [{ big1: 1n }, { big1: 2n }, { big1: null }])).toEqual([1.5])
    expect(await of(avg, [{ big1: MAX }, { big1: 1n }])).toEqual([null])
    expect(await of(avg, [{ big1: 2n ** 53n + 1n }])).toEqual([2 ** 53])
    expect(await of(avg, [{ big1: null }])).toEqual([null])
  })

  it('sum and average doubles without NaN, infinity or −0', async () => {
    const both = [
      { name: 's', fn: 'sum', args: [col('num1')] },
      { name: 'a', fn: 'avg', args: [col('num1')] },
    ]
    expect(await of(both, [{ num1: 1e308 }, { num1: 1e308 }])).toEqual([null, null])
    expect(await of(both, [{ num1: null }])).toEqual([null, null])
    const [zero] = await of([{ name: 's', fn: 'sum', args: [fn('mul', col('num1'), num(-1))] }], [{ num1: 0 }])
    expect(Object.is(zero, 0)).toBe(true)
    expect(await of(both, [{ num1: 0.1 }, { num1: 0.2 }, { num1: null }])).toEqual([expect.closeTo(0.3, 15), expect.closeTo(0.15, 15)])
  })

  it('count rows, non-null values and distinct values up to their maximum', async () => {
    const aggregates = [
      { name: 'n', fn: 'count' },
      { name: 'x', fn: 'count', args: [col('txt1')] },
      { name: 'd', fn: 'count_distinct', args: [col('txt1')], max: 10 },
      { name: 'm', fn: 'count_distinct', args: [col('txt1')], max: 1 },
      { name: 'w', fn: 'count', where: fn('gt', col('int1'), int(1)) },
      { name: 'z', fn: 'count_distinct', args: [col('txt1')], max: 5, where: lit('false', 'boolean') },
    ]
    expect(
      await of(aggregates, [
        { txt1: 'a', int1: 1 },
        { txt1: 'a', int1: 2 },
        { txt1: 'b', int1: null },
        { txt1: null, int1: 3 },
      ]),
    ).toEqual([4, 3, 2, 1, 2, 0])
  })

  it('take least and greatest of every ordered type, texts and bytes by bytes', async () => {
    const columns = ['ts1', 'txt1', 'int1', 'big1', 'num1', 'bin1', 'day1']
    const aggregates = columns.flatMap((name) => [
      { name: `min_${name}`, fn: 'min', args: [col(name)] },
      { name: `max_${name}`, fn: 'max', args: [col(name)] },
    ])
    const got = await of(aggregates, [
      { ts1: -5, txt1: '😀', int1: -1, big1: -MAX, num1: -0.5, bin1: new Uint8Array([1]), day1: -1 },
      { ts1: 5, txt1: '\uFFFD', int1: 1, big1: MAX, num1: 5e-324, bin1: new Uint8Array([1, 0]), day1: 2_932_896 },
      {},
    ])
    expect(got).toEqual([-5, 5, '\uFFFD', '😀', -1, 1, -MAX, MAX, -0.5, 5e-324, new Uint8Array([1]), new Uint8Array([1, 0]), -1, 2_932_896])
    expect(await of([{ name: 'm', fn: 'min', args: [col('txt1')] }], [{ txt1: null }])).toEqual([null])
  })
})

describe('duckdbRunner', () => {
  it('carries every type through unchanged', async () => {
    const rows: Row[] = [
      {
        ts1: -62_135_596_800_000,
        txt1: '',
        int1: -2_147_483_648,
        big1: -(2n ** 63n),
        num1: -1.5e-300,
        flag1: false,
        bin1: new Uint8Array(),
        day1: -719_162,
      },
      {
        ts1: 253_402_300_799_999,
        txt1: 'a\0😀',
        int1: 2_147_483_647,
        big1: 2n ** 53n + 1n,
        num1: 1.7976931348623157e308,
        flag1: true,
        bin1: new Uint8Array([0, 255]),
        day1: 2_932_896,
      },
      { ts1: 221_859_647_996_082 },
    ]
    const got = await run([], rows)
    expect(sorted(got.rows)).toEqual(
      sorted([
        [-62_135_596_800_000, '', -2_147_483_648, -(2n ** 63n), -1.5e-300, false, new Uint8Array(), -719_162],
        [253_402_300_799_999, 'a\0😀', 2_147_483_647, 2n ** 53n + 1n, 1.7976931348623157e308, true, new Uint8Array([0, 255]), 2_932_896],
        [221_859_647_996_082, null, null, null, null, null, null, null],
      ]),
    )
    expect(got.columns.map((field) => field.name)).toEqual(['ts1', 'txt1', 'int1', 'big1', 'num1', 'flag1', 'bin1', 'day1'])
  })

  it('loads more rows than one chunk holds', async () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => ({ ts1: i, int1: i % 7 === 0 ? null : i % 3 }))
    expect(sorted((await run([window(all, ['int1'])], rows)).rows)).toEqual(
      sorted([
        [null, 715],
        [0, 1_428],
        [1, 1_429],
        [2, 1_428],
      ]),
    )
  })

  it('runs plans side by side', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        run(
          [window(all, [])],
          Array.from({ length: i + 1 }, () => ({})),
        ),
      ),
    )
    expect(results.map((result) => result.rows[0][0])).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })
})
