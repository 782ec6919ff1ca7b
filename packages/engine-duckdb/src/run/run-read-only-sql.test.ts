import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Duckdb, openDuckdb } from './open-duckdb.ts'
import { runReadOnlySql, type SqlResult } from './run-read-only-sql.ts'

let folder: string
let duckdb: Duckdb

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-sql-'))
  const writer = await openDuckdb()
  await writer.with(async (connection) => {
    const stamps = "i::BIGINT AS _arrival, '0' AS _split, make_timestamptz(0) AS _watermark"
    await connection.run(
      `COPY (SELECT ${stamps}, make_timestamptz(i * 1000) AS event_time, 'ip' || (i % 10) AS ip, i::INTEGER AS status FROM range(10000) t(i)) TO '${folder}/requests.parquet'`,
    )
    await connection.run(
      `COPY (SELECT i::BIGINT AS _arrival, 'ip' || i AS ip, i AS weight FROM range(3) t(i)) TO '${folder}/weights.parquet'`,
    )
  })
  writer.close()
  duckdb = await openDuckdb({ readOnlyBelow: [folder] })
})
afterAll(async () => {
  duckdb.close()
  await rm(folder, { recursive: true })
})

const views = (): { name: string; sql: string }[] =>
  ['requests', 'weights'].map((name) => ({ name, sql: `read_parquet(['${folder}/${name}.parquet'])` }))
const query = (sql: string, limit = 3): Promise<SqlResult> => runReadOnlySql(duckdb, { sql, views: views(), limit })
const namesOf = async (sql: string): Promise<readonly string[]> => (await query(sql)).columns.map((column) => column.name)

describe('system columns', () => {
  const USER = ['event_time', 'ip', 'status']
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['select * from requests', USER],
    ['from requests', USER],
    ['table requests', USER],
    ['select _arrival from requests', ['_arrival']],
    ['select *, _arrival from requests', [...USER, '_arrival']],
    ['select "_ARRIVAL", * from REQUESTS where _watermark is not null', ['_arrival', ...USER]],
    ['select r.*, w.weight from requests r join weights w on r._arrival = w._arrival', [...USER, 'weight']],
    ['select * from requests r join weights w using (_arrival)', [...USER, 'ip', 'weight']],
    ['select * from requests r semi join weights w on r._arrival = w._arrival', USER],
    ['select * from (select _arrival, ip from requests)', ['_arrival', 'ip']],
    ['select * from (select * from requests where _arrival < 5) where status > 1', USER],
    ['select * exclude (_arrival, ip) from requests', ['event_time', 'status']],
    ['select * replace (_arrival + 1 as status) from requests', USER],
    ['with requests as (select 1 as x, 2 as _y) select * from requests where _y = 2', ['x', '_y']],
    ['with r as (select * from requests), requests as (select _arrival from requests) select * from r, requests', [...USER, '_arrival']],
    ['select * from requests union all select * from requests where _arrival = 1', USER],
    ['select count(*) from requests where _arrival >= 0', ['count_star()']],
    ['select * from requests where exists (select * from weights w where w._arrival = requests._arrival)', USER],
    ['select columns(*) from requests where _arrival = 1', USER],
  ]
  for (const [sql, names] of cases) it(`are there by name only: ${sql}`, async () => expect(await namesOf(sql)).toEqual(names))

  it('do not change what a statement without them computes', async () => {
    expect((await query('select count(*), sum(status), max(_arrival) from requests')).rows).toEqual([[10_000, 49_995_000, 9_999]])
    expect((await query('select count(*) from requests natural join weights')).rows).toEqual([[3_000]])
  })
})

describe('a statement that is not a read of the tables', () => {
  const refused: Readonly<Record<string, readonly string[]>> = {
    'sql/read-only': [
      'insert into requests values (1)',
      'update requests set ip = 1',
      'delete from requests',
      'create table x as select 1',
      'drop view requests',
      "attach 'x'",
      "copy (select 1) to 'x'",
      "copy requests from 'x'",
      'pragma database_list',
      'set threads = 1',
      'reset threads',
      'install httpfs',
      'load json',
      'begin',
      'call pragma_version()',
      'vacuum',
      'checkpoint',
      'use x',
      "export database 'x'",
      'prepare x as select 1',
      'explain insert into requests values (1)',
      'select 1; select 2',
      'select 1; drop table requests',
      '',
      '-- nothing',
      ';',
    ],
    'sql/not-allowed': [
      "select * from read_csv('/etc/passwd')",
      "select * from read_parquet('x')",
      "select * from read_text('x')",
      "select * from glob('*')",
      "select * from query('select 1')",
      'select * from duckdb_settings()',
      "select current_setting('threads')",
      'select ?',
      'select $1',
      'show tables',
      "with x as (select * from read_json('y')) select 1",
      "select (select count(*) from read_blob('x'))",
      'select * from requests natural join weights where _arrival = 1',
      "select * from json_execute_serialized_sql('{}')",
    ],
    'sql/unknown-table': [
      'select * from request',
      "select * from 'x.csv'",
      "select * from '/etc/passwd'",
      'select * from information_schema.tables',
      'select * from sqlite_master',
      'select * from _whole_requests',
      'select * from other.requests',
      'describe nothing',
      'with a as (select 1) select * from b',
      'select * from requests where status in (select 1 from nowhere)',
      'select r.ip from requests',
    ],
    'sql/unknown-column': [
      'select ipp from requests',
      'select requests.nothing from requests',
      'select status from requests group by amount',
      'select _nothing from requests',
      'select * exclude (nothing) from requests',
      'select * from requests join weights using (weight)',
    ],
    'sql/syntax': [
      'selec 1',
      'select from where',
      'select (1',
      'select sum(ip, 2) from requests',
      'select ip, count(*) from requests',
      'select 1 into x',
      'select 1\0',
      'select 1e500',
    ],
    'sql/unknown-name': ['select nofunction(1)'],
    'sql/failed': ["select 'a'::int", 'select ip::int from requests where status > 5'],
  }
  for (const [code, statements] of Object.entries(refused)) {
    for (const sql of statements) {
      it(`is refused with ${code}: ${sql.replace('\0', '␀')}`, async () => {
        const failure = await query(sql).then(
          () => undefined,
          (error: unknown) => error,
        )
        expect(failure).toMatchObject({ code, family: 'user', facts: { asked: expect.anything(), do: expect.stringMatching(/\w/) } })
      })
    }
  }

  it('says what is there instead', async () => {
    await expect(query('select * from request')).rejects.toMatchObject({
      message: 'Table `request` does not exist; did you mean `requests`?',
      facts: { asked: 'request', found: ['requests', 'weights'] },
    })
    await expect(query('select statu from requests')).rejects.toMatchObject({
      message: expect.stringContaining('did you mean `status`?'),
      facts: { asked: 'statu', found: expect.arrayContaining(['ip', '_arrival']) },
    })
    await expect(query('select a b c from requests')).rejects.toMatchObject({
      code: 'sql/syntax',
      facts: { found: 'c from requests', details: { position: 11 } },
    })
  })

  it('is stopped by DuckDB itself outside the given folders', async () => {
    const outside = { sql: 'select * from requests', views: [{ name: 'requests', sql: "read_csv('/etc/passwd')" }], limit: 1 }
    await expect(runReadOnlySql(duckdb, outside)).rejects.toMatchObject({
      facts: { found: expect.stringContaining('disabled by configuration') },
    })
  })
})

describe('the result', () => {
  it('is cut at the limit and says so', async () => {
    expect(await query('select status from requests order by 1', 2)).toEqual({
      columns: [{ name: 'status', type: 'int32' }],
      rows: [[0], [1]],
      row_count: 2,
      truncated: true,
    })
    expect(await query('select * from weights', 3)).toMatchObject({ row_count: 3, truncated: false })
    expect(await query('select status from requests', 5_000)).toMatchObject({ row_count: 5_000, truncated: true })
    expect(await query('select status from requests', 10_000)).toMatchObject({ row_count: 10_000, truncated: false })
    expect(await query('select 1', 0)).toMatchObject({ rows: [], row_count: 0, truncated: true })
  })

  it('stops DuckDB early where it can', async () => {
    const started = performance.now()
    expect(await query('select a.range from range(1000000) a, range(1000000) b', 10)).toMatchObject({ row_count: 10, truncated: true })
    expect(performance.now() - started).toBeLessThan(20_000)
  })

  it('writes every type as JSON has it', async () => {
    const values: readonly (readonly [string, string, unknown])[] = [
      ['9007199254740991', 'int64', 9_007_199_254_740_991],
      ['9007199254740993', 'int64', '9007199254740993'],
      ['1::TINYINT', 'int32', 1],
      ['4294967295::UINTEGER', 'int64', 4_294_967_295],
      ['sum(3::BIGINT)', 'hugeint', 3],
      ['170141183460469231731687303715884105727', 'hugeint', '170141183460469231731687303715884105727'],
      ['1.50::DECIMAL(5,2)', 'decimal(5,2)', '1.50'],
      ["'nan'::DOUBLE", 'double', null],
      ["'-inf'::DOUBLE", 'double', null],
      ["'-0.0'::DOUBLE", 'double', 0],
      ["'\\xFF'::BLOB", 'bytes', '/w=='],
      ["DATE '1969-12-31'", 'date', '1969-12-31'],
      ["TIMESTAMPTZ '1969-12-31 23:59:59.9999Z'", 'timestamp', '1969-12-31T23:59:59.999Z'],
      ["TIMESTAMP '2024-01-01 00:00:00'", 'timestamp', '2024-01-01T00:00:00.000Z'],
      ["TIMESTAMP 'infinity'", 'timestamp', null],
      ["TIMESTAMP_NS '2024-01-01 00:00:00.123456789'", 'timestamp', '2024-01-01T00:00:00.123Z'],
      ['INTERVAL 90 MINUTE', 'interval', '01:30:00'],
      ["TIME '10:00:00'", 'time', '10:00:00'],
      ['[1, NULL]', 'list<int32>', [1, null]],
      ["{a: 1, b: [DATE '2024-01-01']}", 'struct<a:int32,b:list<date>>', { a: 1, b: ['2024-01-01'] }],
      ["MAP {'k': 2}", 'map<string,int32>', [['k', 2]]],
      ['true', 'boolean', true],
      ['\'{"a":1}\'::JSON', 'json', '{"a":1}'],
      ["chr(65279) || 'x'", 'string', '\uFEFFx'],
      ['NULL::VARCHAR', 'string', null],
    ]
    const { columns, rows } = await query(`select ${values.map(([sql], i) => `${sql} as c${i}`).join(', ')}`)
    expect(columns.map((column, i) => [values[i][0], column.type, rows[0][i]])).toEqual(values)
  })

  it('describes and explains', async () => {
    expect((await query('describe requests')).rows.map((row) => row[0])).toEqual(['event_time', 'ip', 'status'])
    expect(await namesOf('EXPLAIN\nselect * from requests where _arrival = 1')).toEqual(['explain_key', 'explain_value'])
    expect(await namesOf('summarize requests')).toContain('approx_unique')
  })
})
