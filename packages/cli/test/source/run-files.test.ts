import { spawn } from 'node:child_process'
import { copyFileSync, globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { tarOf, zipOf } from '@millrace/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Workbench } from '../dev/dev-process.ts'
import { ORDERS_SELECT, writeParquet } from './parquet-file.ts'
import { orderCsv, orderLines, orderProject, orders } from './source-project.ts'

const COMMAND = fileURLToPath(new URL('../../bin/millrace.js', import.meta.url))
const CASE_MS_MAX = 180_000

/** Some blocks of the input are committed when the log is this large. */
const LOG_BYTES_KILLED_AT = 6_000_000

/** Bytes of the logs of all inputs. */
function logBytes(bench: Workbench): number {
  return globSync(join(bench.state, 'log/dev/input-*/data.mdb')).reduce((sum, path) => sum + statSync(path).size, 0)
}

interface RunAnswer {
  readonly status: number
  readonly error?: { readonly code: string; readonly message: string }
  readonly input?: Readonly<Record<string, unknown>>
}

function runner(bench: Workbench) {
  return async (path: string, ...args: readonly string[]): Promise<RunAnswer> => {
    const { status, stdout } = await bench.run(['run', '--input', path, '--json', ...args])
    return { status, ...JSON.parse(stdout) }
  }
}

async function content(bench: Workbench, path: string): Promise<unknown> {
  const { rows } = await bench.json([
    'sql',
    'select count(*), count(distinct number), min(number), max(number), sum(total), max(_arrival) from orders',
    '--input',
    path,
  ])
  return (rows as unknown[])[0]
}

const expected = (count: number, letters = 0): unknown[] => [
  count,
  count,
  0,
  count - 1,
  orders(0, count).reduce((sum, { total }) => sum + total, 0),
  count + letters - 1,
]

const NESTED_FIELDS = `, price: t.decimal(10, 2, { nullable: true }), big: t.int64({ nullable: true }), kind: t.string({ nullable: true }),
  lines: t.list(t.struct({ sku: t.string(), price: t.decimal(12, 3), sold: t.timestamp(), day: t.date(), parts: t.list(t.int64()) }), { nullable: true }),
  place: t.struct({ city: t.string(), raw: t.bytes(), share: t.double(), missing: t.string() }, { nullable: true }),
  doc: t.json({ nullable: true }), at_s: t.timestamp({ nullable: true }), at_ms: t.timestamp({ nullable: true }),
  at_ns: t.timestamp({ nullable: true }), day: t.date({ nullable: true })`

/** Rows of every nested form, then one with a number beyond int64, one with a decimal that does not fit, and a list with such a one. */
const NESTED_SELECT = `
  SELECT TIMESTAMPTZ '2026-03-01 00:00:00Z' + to_seconds(n) AS ordered_at, 'a' AS shop, n::UINTEGER AS number,
    CASE n WHEN 1 THEN -1.50 WHEN 5 THEN 1.505 END::DECIMAL(18, 3) AS price,
    CASE n WHEN 1 THEN 9223372036854775807 WHEN 4 THEN 18446744073709551615 END::UBIGINT AS big,
    CASE WHEN n < 3 THEN 'often' END::ENUM('often', 'never') AS kind,
    CASE n WHEN 1 THEN [
        {'parts': [1, 9007199254740993, NULL], 'sku': chr(65279) || 'é', 'price': 1.25::DECIMAL(38, 3), 'sold': TIMESTAMP_NS '2026-03-01 00:00:00.123456789', 'day': DATE '2026-03-01', 'more': 1},
        NULL]
      WHEN 2 THEN []
      WHEN 6 THEN [{'parts': [], 'sku': '', 'price': 12345678901234567890.0::DECIMAL(38, 3), 'sold': NULL, 'day': NULL, 'more': 1}]
    END AS lines,
    CASE n WHEN 1 THEN {'city': 'x', 'raw': '\\xFF\\x00'::BLOB, 'share': 'nan'::DOUBLE} WHEN 2 THEN {'city': NULL, 'raw': NULL, 'share': 0.5} END AS place,
    CASE n WHEN 1 THEN {'a': [1, NULL], 'b': {'c': 'd'}} END AS doc,
    TIMESTAMP_S '2026-03-01 00:00:01' AS at_s, TIMESTAMP_MS '2026-03-01 00:00:01.5' AS at_ms,
    TIMESTAMP_NS '1969-12-31 23:59:59.999999999' AS at_ns, DATE '0001-01-01' AS day
  FROM range(1, 7) t(n)`

describe('run on JSON lines', () => {
  const bench = new Workbench(orderProject("m.files('*.jsonl', { format: 'json-lines' })"))
  const run = runner(bench)
  beforeAll(() => bench.run(['start']))
  afterAll(() => bench.close())

  it('takes every record once, whether it is plain, compressed, packed, renamed or grown', { timeout: CASE_MS_MAX }, async () => {
    const path = bench.write('in/a.jsonl', orderLines(0, 3000))
    expect(await run(path)).toMatchObject({ status: 0, input: { lines: 3000, decoded: 3000, dead_letters: 0, new_lines: 3000 } })
    expect(await content(bench, path)).toEqual(expected(3000))
    const packed = [
      bench.write('in/b.jsonl.gz', gzipSync(orderLines(0, 3000))),
      bench.write(
        'in/c.zip',
        zipOf([
          { name: 'x', bytes: orderLines(0, 10) },
          { name: 'y', bytes: orderLines(10, 3000).trimEnd() },
        ]),
      ),
      bench.write('in/d.tgz', gzipSync(tarOf([{ name: 'x', bytes: orderLines(0, 3000) }]))),
    ]
    for (const same of packed) expect(await run(same)).toMatchObject({ status: 0, input: { lines: 3000, new_lines: 0 } })
    const grown = bench.write(
      'in/e.tar',
      tarOf([
        { name: 'x', bytes: orderLines(0, 3000) },
        { name: 'y', bytes: orderLines(3000, 4000) },
      ]),
    )
    expect(await run(grown)).toMatchObject({ status: 0, input: { lines: 4000, new_lines: 1000 } })
    expect(await content(bench, grown)).toEqual(expected(4000))
  })

  it('counts dead letters, and the balance holds', async () => {
    const deep = `{"shop":${'['.repeat(10_000)}${']'.repeat(10_000)}}`
    const big = `{"shop":"${'x'.repeat(10_000_000)}"}`
    const path = bench.write('in/bad.jsonl', `${orderLines(0, 5)}{\n\n${deep}\n${big}\n${orderLines(5, 10)}`)
    expect(await run(path)).toMatchObject({
      status: 0,
      input: {
        lines: 14,
        blank: 1,
        decoded: 10,
        dead_letters: 3,
        reasons: { 'decode/not-this-format': 1, 'decode/too-deep': 1, 'decode/line-too-long': 1 },
      },
    })
  })

  it('refuses what is cut off or expands too far in a sentence, and goes on when the whole is there', {
    timeout: CASE_MS_MAX,
  }, async () => {
    const whole = gzipSync(orderLines(0, 30_000))
    const path = bench.write('in/cut.jsonl.gz', whole.subarray(0, whole.length - 1000))
    expect(await run(path)).toMatchObject({ status: 1, error: { code: 'source/truncated-gzip' } })
    bench.write('in/cut.jsonl.gz', whole)
    expect(await run(path)).toMatchObject({ status: 0, input: { lines: 30_000, decoded: 30_000 } })
    expect(await content(bench, path)).toEqual(expected(30_000))
    const bomb = bench.write('in/bomb.zip', zipOf([{ name: 'x', bytes: Buffer.alloc(80 * 1024 ** 2) }]))
    expect(await run(bomb)).toMatchObject({ status: 1, error: { code: 'source/expands-too-far' } })
  })
})

describe('run on CSV', () => {
  const bench = new Workbench(orderProject("m.files('*.csv', { format: 'csv' })"))
  const run = runner(bench)
  beforeAll(() => bench.run(['start']))
  afterAll(() => bench.close())

  it('takes every record once, also when it goes on after a kill', { timeout: CASE_MS_MAX }, async () => {
    const text = orderCsv(0, 400_000)
    const path = bench.write('in/a.csv', text)
    const child = spawn(process.execPath, [COMMAND, 'run', '--input', path, '--project', bench.project, '--state', bench.state, '--json'], {
      stdio: 'ignore',
    })
    const killed = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)))
    while (logBytes(bench) < LOG_BYTES_KILLED_AT) await sleep(5)
    child.kill('SIGKILL')
    expect(await killed).toBe('SIGKILL')
    expect(await run(path)).toMatchObject({
      status: 0,
      run: { resumed: true },
      input: { lines: 400_001, blank: 1, decoded: 400_000, dead_letters: 0 },
    })
    expect(await content(bench, path)).toEqual(expected(400_000))
    bench.write('in/a.csv', text + orderCsv(400_000, 400_100).split('\n').slice(1).join('\n'))
    expect(await run(path)).toMatchObject({ status: 0, input: { decoded: 400_100, dead_letters: 0, new_lines: 100 } })
  })

  it('finds the header of each file in an archive', async () => {
    const path = bench.write(
      'in/b.zip',
      zipOf([
        { name: 'a.csv', bytes: orderCsv(0, 100) },
        { name: 'b.csv', bytes: orderCsv(100, 200) },
      ]),
    )
    expect(await run(path)).toMatchObject({ status: 0, input: { lines: 202, blank: 2, decoded: 200 } })
    expect(await content(bench, path)).toEqual(expected(200))
  })
})

describe('run on Parquet', () => {
  const bench = new Workbench(orderProject("m.files('*.parquet', { format: 'parquet' })"))
  const run = runner(bench)
  const file = (name: string): string => join(bench.folder, name)
  beforeAll(() => bench.run(['start']))
  afterAll(() => bench.close())

  it('takes every row once, by the columns of the contract, under whatever name', { timeout: CASE_MS_MAX }, async () => {
    const path = file('a.parquet')
    await writeParquet(path, ORDERS_SELECT, orderLines(0, 50_000))
    expect(await run(path)).toMatchObject({ status: 0, input: { lines: 50_000, decoded: 50_000, new_lines: 50_000 } })
    expect(await content(bench, path)).toEqual(expected(50_000))
    copyFileSync(path, file('b.parquet'))
    expect(await run(file('b.parquet'))).toMatchObject({ status: 0, input: { lines: 50_000, new_lines: 0 } })
    await writeParquet(path, ORDERS_SELECT, orderLines(0, 10))
    expect(await run(path)).toMatchObject({ status: 1, error: { code: 'input/changed' } })
    expect(await run(path, '--replace')).toMatchObject({ status: 0, input: { lines: 10 } })
  })

  it('makes dead letters of rows that are against the contract', async () => {
    const path = file('letters.parquet')
    await writeParquet(
      path,
      `${ORDERS_SELECT} UNION ALL VALUES (-1, 'a', 0, now()), (1, NULL, 0, now()), (1, 'a', 0, 'infinity')`,
      orderLines(0, 5),
    )
    expect(await run(path)).toMatchObject({
      status: 0,
      input: {
        lines: 8,
        decoded: 5,
        dead_letters: 3,
        reasons: { 'contract/out-of-range': 1, 'contract/null': 1, 'decode/impossible-time': 1 },
      },
    })
    const letters = await bench.json(['sql', 'select reason, column_name, line from orders__dead_letters order by line', '--input', path])
    expect(letters).toMatchObject({
      rows: [
        ['contract/out-of-range', 'number', 6],
        ['contract/null', 'shop', 7],
        ['decode/impossible-time', 'ordered_at', 8],
      ],
    })
  })

  it('refuses a struct whose field is of another type before anything is read', { timeout: CASE_MS_MAX }, async () => {
    const nested = new Workbench(orderProject("m.files('*.parquet', { format: 'parquet' })", { fields: NESTED_FIELDS }))
    await nested.run(['start'])
    try {
      const path = join(nested.folder, 'other.parquet')
      await writeParquet(path, `SELECT now() AS ordered_at, 'a' AS shop, 1::BIGINT AS number, [{'sku': 1, 'price': 1.5}] AS lines`)
      const { error } = await runner(nested)(path)
      expect(error).toMatchObject({ code: 'source/other-schema', message: expect.stringContaining('`lines`') })
      await writeParquet(path, `SELECT now() AS ordered_at, 'a' AS shop, 1::BIGINT AS number, 1.5::DOUBLE AS price`)
      expect((await runner(nested)(path)).error).toMatchObject({ code: 'source/other-schema' })
    } finally {
      nested.close()
    }
  })

  it('reads lists, structs, decimals, dates, times of every unit, unsigned and dictionary-coded columns exactly', {
    timeout: CASE_MS_MAX,
  }, async () => {
    const nested = new Workbench(orderProject("m.files('*.parquet', { format: 'parquet' })", { fields: NESTED_FIELDS }))
    await nested.run(['start'])
    try {
      const path = join(nested.folder, 'nested.parquet')
      await writeParquet(path, NESTED_SELECT)
      expect(await runner(nested)(path)).toMatchObject({
        status: 0,
        input: { lines: 6, decoded: 3, dead_letters: 3, reasons: { 'decode/int64': 1, 'contract/out-of-range': 1, 'contract/type': 1 } },
      })
      const { rows } = await nested.json([
        'sql',
        `select number, price::varchar, lines::varchar, place::varchar, doc::varchar, at_s, at_ms, at_ns, day::varchar, big, kind from orders order by number`,
        ...['--input', path],
      ])
      expect(rows).toMatchInlineSnapshot(`
        [
          [
            1,
            "-1.50",
            "[{'sku': ﻿é, 'price': 1.250, 'sold': '2026-03-01 00:00:00.123+00', 'day': 2026-03-01, 'parts': [1, 9007199254740993, NULL]}, NULL]",
            "{'city': x, 'raw': \\xFF\\x00, 'share': NULL, 'missing': NULL}",
            "{"a":[1,null],"b":{"c":"d"}}",
            "2026-03-01T00:00:01.000Z",
            "2026-03-01T00:00:01.500Z",
            "1969-12-31T23:59:59.999Z",
            "0001-01-01",
            "9223372036854775807",
            "often",
          ],
          [
            2,
            null,
            "[]",
            "{'city': NULL, 'raw': NULL, 'share': 0.5, 'missing': NULL}",
            null,
            "2026-03-01T00:00:01.000Z",
            "2026-03-01T00:00:01.500Z",
            "1969-12-31T23:59:59.999Z",
            "0001-01-01",
            null,
            "often",
          ],
          [
            3,
            null,
            null,
            null,
            null,
            "2026-03-01T00:00:01.000Z",
            "2026-03-01T00:00:01.500Z",
            "1969-12-31T23:59:59.999Z",
            "0001-01-01",
            null,
            null,
          ],
        ]
      `)
      const letters = await nested.json(['sql', 'select column_name, line, raw from orders__dead_letters order by line', '--input', path])
      expect(letters).toMatchObject({
        rows: [
          ['big', 4, expect.anything()],
          ['price', 5, expect.anything()],
          ['lines', 6, expect.anything()],
        ],
      })
    } finally {
      nested.close()
    }
  })

  it('reads the file that is named, also where its name is a pattern, and texts to the letter', { timeout: CASE_MS_MAX }, async () => {
    await writeParquet(file('x1.parquet'), ORDERS_SELECT, orderLines(0, 5))
    await writeParquet(file('x[1]*.parquet'), `SELECT 7::BIGINT AS number, chr(65279) || 'a''é' AS shop, now() AS ordered_at`)
    expect(await run(file('x[1]*.parquet'))).toMatchObject({ status: 0, input: { lines: 1, decoded: 1 } })
    const { rows } = await bench.json(['sql', 'select number, shop, total from orders', '--input', file('x[1]*.parquet')])
    expect(rows).toEqual([[7, "\uFEFFa'é", null]])
  })

  it('refuses a file of another schema, naming the column, and one that is no Parquet or is cut off', {
    timeout: CASE_MS_MAX,
  }, async () => {
    const path = file('other.parquet')
    await writeParquet(path, ORDERS_SELECT.replace('number::BIGINT', 'number::VARCHAR'), orderLines(0, 5))
    const other = await run(path)
    expect(other).toMatchObject({ status: 1, error: { code: 'source/other-schema' } })
    expect(other.error?.message).toContain('`number`')
    await writeParquet(file('missing.parquet'), ORDERS_SELECT.replace('shop,', ''), orderLines(0, 5))
    expect((await run(file('missing.parquet'))).error).toMatchObject({ code: 'source/other-schema' })
    expect((await run(bench.write('in/text.parquet', 'no parquet\n'))).error).toMatchObject({ code: 'source/not-parquet' })
    await writeParquet(path, ORDERS_SELECT, orderLines(0, 20_000))
    const cut = bench.write('in/cut.parquet', readFileSync(path).subarray(0, 50_000))
    expect((await run(cut)).error).toMatchObject({ code: 'source/not-parquet' })
  })
})
