import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CheckedPlan, checkPlan, type PlanNode, type PlanSource } from '@millrace/core'
import { afterEach, describe, expect, it } from 'vitest'
import { GatewaySession } from '../run/sql-gateway.ts'
import { catalogDdl, type LakeCatalog, openCatalog } from './lake-catalog.ts'
import { checkLakePlan, lakeColumns, lakeJobText } from './lake-job.ts'

const CATALOG: LakeCatalog = { name: 'millrace', url: 'postgresql://shop:it%27s@db:5432/lake', warehouse: '/srv/lake' }

function planOf(nodes: readonly object[], fields: readonly object[] = []): CheckedPlan {
  const source = {
    name: 'requests',
    event_time: 'at1',
    watermark_delay_ms: 1000,
    late: 'keep',
    fields: [{ name: 'at1', type: 'timestamp' }, { name: 'num1', type: 'int64', nullable: true }, ...fields],
  } as PlanSource
  const all = [{ id: 'rows', kind: 'scan', source: 'requests' }, ...nodes] as PlanNode[]
  return checkPlan({ millrace_plan: 1, sources: [source], nodes: all, output: (all.at(-1) as PlanNode).id })
}

const WINDOWS = {
  id: 'sums',
  kind: 'window-aggregate',
  input: 'rows',
  keys: [],
  window: { kind: 'tumbling', size_ms: 60_000 },
  aggregates: [{ name: 'n', fn: 'count' }],
}

describe('the catalog', () => {
  it('is that of every other program', () => {
    expect(catalogDdl(CATALOG).sql).toBe(`CREATE CATALOG \`millrace\` WITH (
  'type' = 'iceberg',
  'catalog-impl' = 'org.apache.iceberg.jdbc.JdbcCatalog',
  'uri' = 'jdbc:postgresql://db:5432/lake',
  'jdbc.user' = 'shop',
  'jdbc.password' = 'it''s',
  'warehouse' = 'file:///srv/lake',
  'cache-enabled' = 'false'
)`)
  })

  let server: Server | undefined
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
  })

  /** A session of a gateway that refuses every statement, and repeats it. */
  async function refusing(failure: string): Promise<GatewaySession> {
    server = createServer((request, response) => {
      if (request.url === '/v1/info') return response.end(JSON.stringify({ productName: 'Apache Flink', version: '2.3.0' }))
      if (request.url === '/v3/sessions') return response.end(JSON.stringify({ sessionHandle: 's' }))
      let body = ''
      request.on('data', (part: Buffer) => {
        body += part.toString('utf8')
      })
      request.on('end', () => {
        response.statusCode = 500
        response.end(JSON.stringify({ errors: [`${failure}\n${JSON.parse(body).statement}`] }))
      })
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    return GatewaySession.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }

  it.each([
    [
      'Iceberg is missing',
      "org.apache.flink.table.api.ValidationException: Could not find any factory for identifier 'iceberg' that implements",
      'engine/no-iceberg',
      /lacks Iceberg/,
    ],
    ['Hadoop is missing', 'java.lang.NoClassDefFoundError: org/apache/hadoop/conf/Configuration', 'engine/no-iceberg', /lacks Iceberg/],
    [
      'the database is not reached',
      'Caused by: org.postgresql.util.PSQLException: Connection to db:5432 refused.',
      'engine/no-catalog',
      /at db:5432\/lake: Connection to db:5432 refused/,
    ],
    ['something else is wrong', 'java.io.IOException: disk', 'engine/job-failed', /disk/],
  ])('says in a sentence that %s, and never the password', async (_, failure, code, message) => {
    const session = await refusing(failure)
    const error = await openCatalog(session, { ...CATALOG, url: 'postgresql://shop:hidden-word@db:5432/lake' }).catch(
      (found: unknown) => found,
    )
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(JSON.stringify([error, (error as Error).message, (error as { facts: unknown }).facts])).not.toContain('hidden-word')
  })
})

describe('a job over the lake', () => {
  it('reads a snapshot within bounds, and writes the rows of a slice with their place', () => {
    const plan = planOf([WINDOWS])
    const records = new Map([['requests', { namespace: 'dev', table: 'requests', snapshotId: 7, from: 0, to: 120_000, arrivalMax: 5 }]])
    const text = lakeJobText(CATALOG, {
      plan,
      records,
      slice: { column: 'window_end', from: 60_000, to: 120_000 },
      into: { namespace: 'dev_stage', table: 'one' },
    })
    expect(text).toMatch(
      /^INSERT INTO `millrace`\.`dev_stage`\.`one` \(`window_start`, `window_end`, `n`, `_event_time`\)\nSELECT\n {2}`window_start`,/,
    )
    expect(text).toContain(`      SELECT
        'row' AS \`_kind\`,
        \`_arrival\`,
        CAST(\`_watermark\` AS TIMESTAMP_LTZ(3)) AS \`_watermark\`,
        CAST(\`at1\` AS TIMESTAMP_LTZ(3)) AS \`at1\`,
        \`num1\`
      FROM \`millrace\`.\`dev\`.\`requests\` /*+ OPTIONS('snapshot-id' = '7') */
      WHERE \`at1\` >= CAST(TO_TIMESTAMP_LTZ(0, 3) AS TIMESTAMP_LTZ(6)) AND \`at1\` < CAST(TO_TIMESTAMP_LTZ(120000, 3) AS TIMESTAMP_LTZ(6)) AND \`_arrival\` <= 5`)
    expect(text).toMatch(/WHERE `window_end` >= TO_TIMESTAMP_LTZ\(60000, 3\) AND `window_end` < TO_TIMESTAMP_LTZ\(120000, 3\)$/)
  })

  it('gives records their arrival', () => {
    const kept = { id: 'kept', kind: 'filter', input: 'rows', where: { fn: 'gt', args: [{ col: 'num1' }, { lit: '1', type: 'int64' }] } }
    expect(lakeColumns(planOf([kept])).map(({ name }) => name)).toEqual(['at1', 'num1', '_arrival', '_event_time'])
  })

  it('is refused by name where tables have columns that its SQL does not read', () => {
    const nested = planOf([WINDOWS], [{ name: 'txts', type: 'list<string>', nullable: true }])
    expect(() => checkLakePlan(nested)).toThrow(/cannot run nested columns of Iceberg tables \(column `txts`\)/)
    expect(() => checkLakePlan(planOf([WINDOWS]))).not.toThrow()
  })
})
