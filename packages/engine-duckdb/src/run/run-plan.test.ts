import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { col, fn, int, lit, planOf, time } from '../../test/fixture.ts'
import { printPlan } from '../print/plan-printer.ts'
import { type Duckdb, openDuckdb } from './open-duckdb.ts'
import { runPlan } from './run-plan.ts'

let folder: string
let duckdb: Duckdb
const sources = (): string => `read_parquet(['${folder}/events.parquet'])`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-plan-'))
  duckdb = await openDuckdb({ threads: 1 })
  const columns = [
    'i::BIGINT AS _arrival',
    'make_timestamptz(0) AS _watermark',
    'make_timestamptz(i * 1000000) AS ts1',
    "'t' || (i % 3) AS txt1",
    'i::INTEGER AS int1',
    'i::BIGINT AS big1',
    'i / 2 AS num1',
    'true AS flag1',
    "'\\x00'::BLOB AS bin1",
    "DATE '2024-01-01' AS day1",
  ]
  await duckdb.with((connection) =>
    connection.run(`COPY (SELECT ${columns.join(', ')} FROM range(20000) t(i)) TO '${folder}/events.parquet' (ROW_GROUP_SIZE 4096)`),
  )
})
afterAll(async () => {
  duckdb.close()
  await rm(folder, { recursive: true })
})

const filter = {
  id: 'n2',
  kind: 'filter',
  input: 'n1',
  where: fn('and', fn('gte', col('int1'), lit('400', 'int32')), fn('lt', col('ts1'), time('1970-01-01T01:00:00Z'))),
}
const windows = {
  id: 'n3',
  kind: 'window-aggregate',
  input: 'n2',
  keys: ['txt1'],
  window: { kind: 'hopping', size_ms: 120_000, every_ms: 60_000 },
  aggregates: [
    { name: 'n', fn: 'count' },
    { name: 'big', fn: 'sum', args: [col('big1')] },
  ],
}

describe('a plan over files', () => {
  it('reads only the columns and row groups that it needs', async () => {
    const { sql } = printPlan(planOf([filter, windows]), { mode: 'as_served', sources })
    const plan = await duckdb.with(async (connection) =>
      JSON.parse(String((await connection.runAndReadAll(`EXPLAIN (FORMAT JSON) ${sql}`)).getRows()[0][1])),
    )
    const [scan] = scansOf(plan)
    expect(scan.extra_info.Projections).toEqual(['_watermark', 'ts1', 'txt1', 'big1'])
    expect(String(scan.extra_info.Filters)).toMatch(/int1\s*>=\s*400/)
    expect(String(scan.extra_info.Filters)).toMatch(/ts1\s*</)
  })

  it('reads a file once, and only the columns and row groups needed, where two views of it are joined', async () => {
    const side = { id: 'n5', kind: 'project', input: 'n4', columns: [col('txt1'), col('n')].map((expr, i) => ({ name: `side${i}`, expr })) }
    const nodes = [
      filter,
      windows,
      { ...windows, id: 'n4', window: { kind: 'tumbling', size_ms: 60_000 } },
      side,
      { id: 'n6', kind: 'join', left: 'n3', right: 'n5', on: [['txt1', 'side0']], how: 'left', type: 'interval', lower_ms: 0, upper_ms: 0 },
    ]
    const { sql, lateSql } = printPlan(planOf(nodes), { mode: 'as_served', sources })
    await duckdb.with(async (connection) => {
      const explained = (await connection.runAndReadAll(`EXPLAIN (FORMAT JSON) ${sql}`)).getRows()[0][1]
      const [scan, ...more] = scansOf(JSON.parse(String(explained)))
      expect(more).toEqual([])
      expect(scan.extra_info.Projections).toEqual(['_watermark', 'ts1', 'txt1', 'big1'])
      expect(String(scan.extra_info.Filters)).toMatch(/int1\s*>=\s*400/)
      const pairs = (await connection.runAndReadAll(sql)).getRows()
      expect(pairs).toHaveLength(3 * 55)
      expect((await connection.runAndReadAll(lateSql ?? '')).getRows()).toEqual([])
    })
  })

  it('gives its rows a chunk at a time', async () => {
    await duckdb.with(async (connection) => {
      const { columns, rows, late } = runPlan(connection, planOf([{ ...filter, where: fn('gte', col('big1'), int(0)) }]), {
        mode: 'as_served',
        sources,
      })
      const sizes: number[] = []
      for await (const chunk of rows) sizes.push(chunk.length)
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(20_000)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2_048)
      expect(columns).toHaveLength(8)
      expect(await late()).toEqual([])
    })
  })

  it('says which file is missing, as a failure of the machine', async () => {
    await duckdb.with(async (connection) => {
      const { rows } = runPlan(connection, planOf([]), { mode: 'exact', sources: () => `read_parquet(['${folder}/gone.parquet'])` })
      await expect(rows[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        family: 'operating',
        code: 'engine/io',
        facts: { found: expect.stringContaining('gone.parquet') },
      })
    })
  })
})

interface PlanJson {
  readonly name: string
  readonly extra_info: Readonly<Record<string, unknown>>
  readonly children: readonly PlanJson[]
}

function scansOf(nodes: readonly PlanJson[]): readonly PlanJson[] {
  return nodes.flatMap((node) => [...(node.name.includes('READ_PARQUET') ? [node] : []), ...scansOf(node.children)])
}
