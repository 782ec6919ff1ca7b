import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchFromRows, type Field } from '@millrace/columnar'
import { startServices, stopServices } from '@millrace/store'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { appendRows, rowsBatch, SINK_FIELDS, scratchLog, TOPIC, until } from '../../../test/sink-place.ts'
import { torture } from '../../../test/sink-torture.ts'
import { SinkRunner } from '../sink-runner.ts'
import { PostgresSink } from './postgres-sink.ts'

let store: { readonly url: string; readonly pool: pg.Pool }
const exactTypes: typeof pg.types.getTypeParser = (oid: number) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid))
const stateDir = mkdtempSync(join(tmpdir(), 'millrace-sink-pg-'))
const KEY = ['ip', 'window_end']
const AT = { log: 'l', topic: TOPIC, partition: 0 }

beforeAll(async () => {
  const { url } = await startServices({ stateDir })
  const admin = new pg.Client(url)
  await admin.connect()
  await admin.query('create database users_own')
  await admin.end()
  const own = url.replace(/\/[^/]*$/, '/users_own')
  store = { url: own, pool: new pg.Pool({ connectionString: own, types: { getTypeParser: exactTypes } }) }
  // The server may end before a connection that is being closed has gone.
  store.pool.on('connect', (client) => client.on('error', () => {}))
})

afterAll(async () => {
  await store.pool.end()
  await stopServices({ stateDir })
  rmSync(stateDir, { recursive: true, force: true })
})

beforeEach(() => store.pool.query('drop table if exists scores; drop table if exists millrace_sink_positions'))

function sinkTo(options: Partial<ConstructorParameters<typeof PostgresSink>[0]> = {}): PostgresSink {
  const sink = new PostgresSink({ name: 's', url: store.url, table: 'scores', fields: SINK_FIELDS, key: KEY, ...options })
  onTestFinished(() => sink.close())
  return sink
}

async function tableRows(): Promise<Record<string, unknown>[]> {
  return (await store.pool.query('select * from scores order by hits')).rows
}

const EVERY_TYPE: readonly Field[] = [
  { name: 'id', type: 'int32', nullable: false },
  { name: 'flag', type: 'boolean', nullable: true },
  { name: 'wide', type: 'int64', nullable: true },
  { name: 'num', type: 'double', nullable: true },
  { name: 'txt', type: 'string', nullable: true },
  { name: 'raw', type: 'bytes', nullable: true },
  { name: 'ts', type: 'timestamp', nullable: true },
  { name: 'day', type: 'date', nullable: true },
  { name: 'doc', type: 'json', nullable: true },
  { name: 'price', type: 'decimal(38,2)', nullable: true },
  { name: 'tags', type: 'list<string>', nullable: true },
  { name: 'part', type: 'struct<n: decimal(10,2), at: list<int64>>', nullable: true },
]
const RUN_LIMITS = { pollMs: 5, batchRowsMax: 50, retry: { firstMs: 5, msMax: 20 } }

it('makes the table and writes every type exactly, nulls too', async () => {
  const sink = sinkTo({ fields: EVERY_TYPE, key: ['id'] })
  await sink.open()
  const text = `it's "quoted" {a,b} \\ NULL \n é 漢`
  const digits = '123456789012345678901234567890123456.78'
  const rows = [
    [1, true, 9_223_372_036_854_775_807n, 1e-7, text, Uint8Array.of(0, 255, 92), 1_700_000_000_123, -1, '{"a":"é","n":1.5}'].concat([
      ...[digits, '["a","it\'s \\"q\\"","\\\\u0000"]', '{"n":"1.50","at":[1,9223372036854775807]}'],
    ] as never),
    [2, false, -9_223_372_036_854_775_808n, 0.1, 'nul \0 inside', new Uint8Array(), -62_135_596_800_000, 20_000, 'null'].concat([
      ...['-0.01', '["\\u0000",null]', '{"n":null,"at":[]}'],
    ] as never),
    [3, null, null, null, null, null, null, null, null, null, null, null],
  ]
  await sink.write(batchFromRows(EVERY_TYPE, rows as never), { ...AT, from: 0, next: 3 })
  const { rows: found } = await store.pool.query(
    `select id, flag, wide::text, num, txt, raw, to_char(ts at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS') as ts, day::text, doc::text,
       price::text, tags::text, part::text from scores order by id`,
  )
  expect(found).toEqual([
    {
      ...{ id: 1, flag: true, wide: '9223372036854775807', num: 1e-7, txt: text, raw: Buffer.from([0, 255, 92]) },
      ...{ ts: '2023-11-14T22:13:20.123', day: '1969-12-31', doc: '{"a": "é", "n": 1.5}', price: digits },
      ...{ tags: '["a", "it\'s \\"q\\"", "\\\\u0000"]', part: '{"n": "1.50", "at": [1, 9223372036854775807]}' },
    },
    {
      ...{ id: 2, flag: false, wide: '-9223372036854775808', num: 0.1, txt: 'nul \uFFFD inside', raw: Buffer.alloc(0) },
      ...{ ts: '0001-01-01T00:00:00.000', day: '2024-10-04', doc: 'null', price: '-0.01' },
      ...{ tags: '["\uFFFD", null]', part: '{"n": null, "at": []}' },
    },
    {
      ...{ id: 3, flag: null, wide: null, num: null, txt: null, raw: null, ts: null, day: null, doc: null },
      ...{ price: null, tags: null, part: null },
    },
  ])
})

it('takes documents that jsonb could not hold as they are: an integer of very many digits becomes a text', async () => {
  const fields: readonly Field[] = [{ name: 'doc', type: 'json', nullable: false }]
  const sink = sinkTo({ fields, key: [] })
  await sink.open()
  const digits = '9'.repeat(140_000)
  await sink.write(batchFromRows(fields, [[`{"${digits}":[-${digits},1,"\\"${digits}"]}`]]), { ...AT, from: 0, next: 1 })
  const { rows } = await store.pool.query(`select doc->$1->>0 as big, doc->$1->1 as one, doc->$1->>2 as txt from scores`, [digits])
  expect(rows).toEqual([{ big: `-${digits}`, one: 1, txt: `"${digits}` }])
})

it('writes into columns of a table that exists which hold the values too', async () => {
  const fields: readonly Field[] = [
    { name: 'id', type: 'int32', nullable: false },
    { name: 'doc', type: 'json', nullable: false },
    { name: 'price', type: 'decimal(10,2)', nullable: false },
    { name: 'total', type: 'decimal(10,2)', nullable: false },
  ]
  await store.pool.query('create table scores (id integer primary key, doc json, price numeric, total numeric(14,4))')
  const sink = sinkTo({ fields, key: ['id'] })
  await sink.open()
  await sink.write(batchFromRows(fields, [[1, '{"a":"\\u0000"}', '1.50', '2.00']]), { ...AT, from: 0, next: 1 })
  const { rows } = await store.pool.query('select doc::text, price::text, total::text from scores')
  expect(rows).toEqual([{ doc: '{"a": "\uFFFD"}', price: '1.50', total: '2.0000' }])
})

it('keeps rows apart by a decimal', async () => {
  const fields: readonly Field[] = [
    { name: 'price', type: 'decimal(10,2)', nullable: false },
    { name: 'hits', type: 'int64', nullable: false },
  ]
  const sink = sinkTo({ fields, key: ['price'] })
  await sink.open()
  const rows = [
    ['1.50', 1],
    ['1.05', 2],
    ['1.50', 3],
  ]
  await sink.write(batchFromRows(fields, rows), { ...AT, from: 0, next: 3 })
  expect((await store.pool.query('select price::text, hits from scores order by hits')).rows).toEqual([
    { price: '1.05', hits: 2 },
    { price: '1.50', hits: 3 },
  ])
})

it('keeps the last row of a key, in one batch and over batches', async () => {
  const sink = sinkTo({ key: ['ip'] })
  await sink.open()
  const row = (hits: number, ip = 'a') => [ip, 1000, hits, null]
  await sink.write(batchFromRows(SINK_FIELDS, [row(1), row(2, 'b'), row(3)]), { ...AT, from: 0, next: 3 })
  expect((await tableRows()).map(({ ip, hits }) => [ip, hits])).toEqual([
    ['b', 2],
    ['a', 3],
  ])
  await sink.write(batchFromRows(SINK_FIELDS, [row(4, 'b')]), { ...AT, from: 3, next: 4 })
  expect((await tableRows()).map(({ ip, hits }) => [ip, hits])).toEqual([
    ['a', 3],
    ['b', 4],
  ])
})

it('appends every row once when there is no key', async () => {
  const sink = sinkTo({ key: [] })
  await sink.open()
  const batch = batchFromRows(SINK_FIELDS, [
    ['a', 1, 1, null],
    ['a', 1, 1, null],
  ])
  await sink.write(batch, { ...AT, from: 0, next: 2 })
  const again = sinkTo({ key: [] })
  await again.open()
  expect(await again.position(AT)).toBe(2)
  expect(await tableRows()).toHaveLength(2)
})

it('tells rows apart by a key that is null', async () => {
  const fields = SINK_FIELDS.map((field) => ({ ...field, nullable: true }))
  const sink = sinkTo({ fields, key: ['ip'] })
  await sink.open()
  for (const [from, hits] of [1, 2].entries())
    await sink.write(batchFromRows(fields, [[null, 1, hits, null]]), { ...AT, from, next: from + 1 })
  expect((await tableRows()).map(({ ip, hits }) => [ip, hits])).toEqual([[null, 2]])
})

it('writes rows and position together: a row that the table refuses leaves both as they were', async () => {
  const sink = sinkTo()
  await sink.open()
  await store.pool.query('alter table scores add check (hits <> 7)')
  await sink.write(batchFromRows(SINK_FIELDS, [['a', 1, 1, null]]), { ...AT, from: 0, next: 1 })
  const failing = sink.write(
    batchFromRows(SINK_FIELDS, [
      ['b', 1, 6, null],
      ['c', 1, 7, null],
    ]),
    { ...AT, from: 1, next: 3 },
  )
  await expect(failing).rejects.toMatchObject({ family: 'operating', code: 'sink/not-written' })
  expect(await tableRows()).toHaveLength(1)
  const again = sinkTo()
  await again.open()
  expect(await again.position(AT)).toBe(1)
  expect(await again.position({ ...AT, log: 'another' })).toBe(0)
})

it('refuses to write beside another process that moved its position', async () => {
  const [first, second] = [sinkTo(), sinkTo()]
  for (const sink of [first, second]) {
    await sink.open()
    await sink.position(AT)
  }
  await first.write(batchFromRows(SINK_FIELDS, [['a', 1, 1, null]]), { ...AT, from: 0, next: 1 })
  const late = second.write(batchFromRows(SINK_FIELDS, [['a', 1, 99, null]]), { ...AT, from: 0, next: 1 })
  await expect(late).rejects.toMatchObject({ code: 'sink/position-moved' })
  expect((await tableRows()).map((row) => row.hits)).toEqual([1])
})

it.each([
  [
    'a column of another type',
    'create table scores (ip text, window_end timestamptz, hits integer, score float8, primary key (ip, window_end))',
    'sink/columns-differ',
    '`hits` is integer in place of bigint',
  ],
  [
    'a narrower decimal',
    'create table scores (ip text, window_end timestamptz, hits bigint, score float8, price numeric(10,1), primary key (ip, window_end))',
    'sink/columns-differ',
    '`price` is numeric(10,1) in place of numeric(10,2)',
  ],
  [
    'a missing column',
    'create table scores (ip text, window_end timestamptz, hits bigint, primary key (ip, window_end))',
    'sink/columns-differ',
    '`score` double precision is missing',
  ],
  [
    'a further column that must be given',
    'create table scores (ip text, window_end timestamptz, hits bigint, score float8, who text not null, primary key (ip, window_end))',
    'sink/columns-differ',
    '`who` must be given',
  ],
  [
    'no unique index over the key',
    'create table scores (ip text, window_end timestamptz, hits bigint, score float8, primary key (ip))',
    'sink/key-not-unique',
    '(ip, window_end)',
  ],
])('refuses a table with %s in one sentence', async (_name, create, code, told) => {
  await store.pool.query(create)
  const price = { name: 'price', type: 'decimal(10,2)', nullable: true }
  const failure = await sinkTo({ fields: create.includes('price') ? [...SINK_FIELDS, price] : SINK_FIELDS })
    .open()
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({ family: 'user', code, message: expect.stringContaining(told) })
  expect((failure as Error).message.match(/\.(\s|$)/g)).toHaveLength(1)
})

it('takes a table that has further columns with defaults', async () => {
  await store.pool.query(`create table scores (ip text, window_end timestamptz, note text, at timestamptz not null default now(), hits bigint,
    score float8, unique (window_end, ip))`)
  const sink = sinkTo()
  await sink.open()
  await sink.write(batchFromRows(SINK_FIELDS, [['a', 1, 1, null]]), { ...AT, from: 0, next: 1 })
  expect(await tableRows()).toMatchObject([{ ip: 'a', hits: 1, note: null }])
})

it.each([
  ['a key that is no column', { key: ['ipp'] }, 'sink/unknown-key'],
  ['a list as key', { fields: [...SINK_FIELDS, { name: 'l', type: 'list<int32>', nullable: true }], key: ['l'] }, 'sink/unsupported-type'],
  ['an address that is no URL', { url: 'secret-word' }, 'sink/bad-url'],
])('refuses %s', async (_name, options, code) => {
  const failure = await sinkTo(options)
    .open()
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({ family: 'user', code })
  expect(JSON.stringify((failure as { toDocument(): object }).toDocument())).not.toContain('secret-word')
})

it('waits for a server that is away, and shows that it does', async () => {
  const { log } = await scratchLog()
  const sink = sinkTo({ url: store.url.replace(/:\d+\//, ':1/') })
  const stop = new AbortController()
  const limits = { pollMs: 5, retry: { firstMs: 5, msMax: 20 } }
  const runner = new SinkRunner({
    log,
    sink,
    name: 's',
    topic: TOPIC,
    partitions: 1,
    columns: SINK_FIELDS.map((field) => field.name),
    limits,
  })
  const done = runner.run(stop.signal)
  await until(() => runner.status.failures > 2)
  expect(runner.status).toMatchObject({ state: 'retrying', rowsWritten: 0 })
  expect(runner.status.lastError).not.toContain(new URL(store.url).password)
  stop.abort()
  await done
})

it('says that a table is locked, and goes on when it is free', { timeout: 30_000 }, async () => {
  const { log } = await scratchLog()
  await sinkTo().open()
  const holder = await store.pool.connect()
  await holder.query('begin; lock table scores in access exclusive mode')
  const stop = new AbortController()
  const columns = SINK_FIELDS.map((field) => field.name)
  const runner = new SinkRunner({ log, sink: sinkTo(), name: 's', topic: TOPIC, partitions: 1, columns, limits: RUN_LIMITS })
  const done = runner.run(stop.signal)
  await appendRows(log, rowsBatch(0, 120))
  await until(() => runner.status.state === 'retrying')
  expect(runner.status).toMatchObject({ waiting: 121, lastError: expect.stringMatching(/table scores.*lock timeout/) })
  await holder.query('commit')
  holder.release()
  await until(() => runner.status.waiting === 0 && runner.status.state === 'running')
  stop.abort()
  await done
  expect((await tableRows()).map((row) => row.hits)).toEqual(Array.from({ length: 120 }, (_, n) => n))
})

it('waits while the server is away, and goes on when it is back', { timeout: 60_000 }, async () => {
  const own = mkdtempSync(join(tmpdir(), 'millrace-sink-away-'))
  onTestFinished(async () => {
    await stopServices({ stateDir: own })
    rmSync(own, { recursive: true, force: true })
  })
  const { url } = await startServices({ stateDir: own })
  const { log } = await scratchLog()
  const stop = new AbortController()
  const columns = SINK_FIELDS.map((field) => field.name)
  const runner = new SinkRunner({
    log,
    sink: sinkTo({ url, key: [] }),
    name: 's',
    topic: TOPIC,
    partitions: 1,
    columns,
    limits: RUN_LIMITS,
  })
  const done = runner.run(stop.signal)
  await appendRows(log, rowsBatch(0, 500))
  await until(() => runner.status.rowsWritten > 0)
  await stopServices({ stateDir: own })
  await appendRows(log, rowsBatch(500, 1_000))
  await until(() => runner.status.state === 'retrying' && runner.status.failures > 2)
  expect((await startServices({ stateDir: own })).url).toBe(url)
  await until(() => runner.status.waiting === 0 && runner.status.state === 'running')
  stop.abort()
  await done
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query<{ hits: string }>('select hits from scores order by hits')
  await client.end()
  expect(rows.map(({ hits }) => Number(hits))).toEqual(Array.from({ length: 1_000 }, (_, n) => n))
})

it('goes on when the server ends its connection in the middle', async () => {
  const { log } = await scratchLog()
  const stop = new AbortController()
  const runner = new SinkRunner({
    log,
    sink: sinkTo(),
    name: 's',
    topic: TOPIC,
    partitions: 1,
    columns: SINK_FIELDS.map((field) => field.name),
    limits: RUN_LIMITS,
  })
  const done = runner.run(stop.signal)
  for (let n = 0; n < 20; n++) {
    await appendRows(log, rowsBatch(n * 100, n * 100 + 100))
    if (n % 5 === 4)
      await store.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'millrace sink s'`)
  }
  await until(() => runner.status.waiting === 0 && runner.status.state === 'running')
  stop.abort()
  await done
  expect((await tableRows()).map((row) => row.hits)).toEqual(Array.from({ length: 2_000 }, (_, n) => n))
})

it.each([
  ['upserts', KEY],
  ['appends', []],
])('%s each row once although its processes are killed', { timeout: 90_000 }, async (_, key) => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const { log, path } = await scratchLog(2)
  await sinkTo({ name: 'test_sink', key }).open()
  await store.pool.query(`create table if not exists written (ip text, window_end timestamptz); truncate written;
    create or replace function note() returns trigger language plpgsql as $$ begin insert into written values (new.ip, new.window_end); return new; end $$;
    create trigger note after insert or update on scores for each row execute function note()`)
  const count = async (table: string) => Number((await store.pool.query(`select count(*) as n from ${table}`)).rows[0].n)
  const rows = await torture({
    ...{ log, path, partitions: 2, seed, kills: 8 },
    target: { kind: 'postgres-table', url: store.url, table: 'scores', key },
    hasAll: async (all) => (await count('scores')) === all,
  })
  expect(await count('scores')).toBe(rows)
  expect(await count('written')).toBe(rows)
  expect((await tableRows()).map((row) => row.hits)).toEqual(Array.from({ length: rows }, (_, n) => n))
})
