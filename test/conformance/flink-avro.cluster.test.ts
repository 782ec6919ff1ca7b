import { randomUUID } from 'node:crypto'
import { batchFromRows, type Field, type Value } from '@millrace/columnar'
import { type PlanSource, STAMP_FIELDS, WATERMARK_END, WATERMARK_FLOOR } from '@millrace/core'
import { kafkaExchange } from '@millrace/engine-flink'
import { avroForm, KafkaBoundedTopics, StampedTopicWriter } from '@millrace/log-kafka'
import { CONFORMANCE_SCENARIOS, compareResults, type PreparedCase, prepareCase, type Scenario, scenarioResult } from '@millrace/testkit'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { printPlan } from '../../packages/engine-flink/src/print/plan-printer.ts'
import { nested } from '../../packages/engine-flink/src/print/select-text.ts'
import { FlinkJobs } from '../../packages/engine-flink/src/run/flink-jobs.ts'
import { resultText, resultValues } from '../../packages/engine-flink/src/run/result-row.ts'
import { GatewaySession } from '../../packages/engine-flink/src/run/sql-gateway.ts'
import { stampedColumns, stampedFormat } from '../../packages/engine-flink/src/run/stamped-record.ts'
import { printTable } from '../../packages/engine-flink/src/run/table-ddl.ts'
import { changesLeft, rowsByCase } from './flink-changes.ts'
import { GAPS } from './flink-cluster.ts'

// Stamped topics in Avro, written by us and read by Flink: each value of each type, and scenarios over them.

const { MILLRACE_KAFKA: BROKERS = '', MILLRACE_FLINK_GATEWAY: GATEWAY = '', MILLRACE_FLINK_REST: REST = '' } = process.env
const CONNECTION = { brokers: BROKERS.split(',') }
const PARTITIONS = 2
const ROWS = 200
const JOB_MS_MAX = 180_000
const SCENARIOS_MIN = 5
/** Each run takes a share of the scenarios; a fifth of them with MILLRACE_LONG_TESTS=1. */
const EVERY = process.env.MILLRACE_LONG_TESTS === '1' ? 5 : 40
const CASES_PER_JOB = 20
const seed = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * EVERY))
const topics = new KafkaBoundedTopics(CONNECTION)
const run = randomUUID()
const made: string[] = []

console.info(`MILLRACE_SEED=${seed}`)

type Stamped = Pick<PlanSource, 'fields' | 'key'>

interface Row {
  readonly arrival: number
  readonly split: string
  readonly watermark: number
  readonly values: readonly Value[]
}

/** A topic that holds these rows in Avro and the far heartbeat; returns the DDL of the table that reads it. */
async function written(table: string, { fields, key }: Stamped, rows: readonly Row[]): Promise<string> {
  const topic = `millrace-avro-${run}-${made.length}`
  made.push(topic)
  const own = fields.map(({ name, type }) => ({ name, type, nullable: true }))
  const writer = new StampedTopicWriter({ connection: CONNECTION, topic, partitions: PARTITIONS, key: key ?? [], form: avroForm(own) })
  await writer.create()
  const stamped = rows.map(({ arrival, split, watermark, values }) => [arrival, split, arrival, 0, 1, 'test', watermark, ...values])
  if (rows.length > 0)
    await writer.rows(batchFromRows([...STAMP_FIELDS, ...own], stamped), { watermark: rows.at(-1)?.watermark ?? 0, ingestedAt: 0 })
  await writer.end()
  await writer.close()
  const options = {
    connector: 'kafka',
    topic,
    'properties.bootstrap.servers': BROKERS,
    'scan.startup.mode': 'earliest-offset',
    'scan.bounded.mode': 'latest-offset',
    'scan.parallelism': String(PARTITIONS),
    ...stampedFormat('avro'),
  }
  return printTable({ name: table, columns: stampedColumns(fields), options })
}

/** Runs queries that give a name and a row's text as one job; what is left of their rows when all changes are added up, by name. */
async function rowsOf(definitions: readonly string[], queries: readonly string[]): Promise<ReadonlyMap<string, readonly unknown[][]>> {
  const exchange = kafkaExchange({ brokers: BROKERS, topics })(PARTITIONS)
  const session = await GatewaySession.open(GATEWAY, { 'parallelism.default': String(PARTITIONS), 'restart-strategy.type': 'none' })
  try {
    for (const definition of definitions) await session.run(definition)
    const place = await exchange.results()
    const columns = [['case', 'STRING'] as const, ['row', 'STRING'] as const]
    await session.run(printTable({ name: 'results', columns, options: place.options }))
    const inserts = queries.map((query) => `INSERT INTO \`results\` ${query};\n`)
    const { jobId = '' } = await session.run(`EXECUTE STATEMENT SET BEGIN\n${inserts.join('')}END`)
    await new FlinkJobs(REST).finished(jobId, { jobMsMax: JOB_MS_MAX, restartsMax: 0 })
    return rowsByCase(changesLeft(await place.read()))
  } finally {
    await exchange.close()
    await session.close()
  }
}

const MAX = 2n ** 63n
const narrow = (value: bigint): Value => (Number.isSafeInteger(Number(value)) ? Number(value) : value)
const VALUES: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  boolean: fc.boolean(),
  int32: fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1)),
  int64: fc.oneof(fc.bigInt({ min: -MAX, max: MAX - 1n }), fc.constantFrom(-MAX, MAX - 1n, -(2n ** 32n), 0n)).map(narrow),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  timestamp: fc.integer({ min: WATERMARK_FLOOR, max: WATERMARK_END }),
  date: fc.integer({ min: -719_162, max: 2_932_896 }),
  string: fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed()),
  bytes: fc.uint8Array(),
  'decimal(38,10)': fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map((units) => decimal(units, 10)),
  'decimal(9,2)': fc.integer({ min: -999_999_999, max: 999_999_999 }).map((units) => decimal(BigInt(units), 2)),
  json: fc.integer().map((value) => `{"a":${value}}`),
  'list<int64>': fc.array(fc.integer()).map((values) => JSON.stringify(values)),
}

function decimal(units: bigint, scale: number): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

describe('stamped topics in Avro', { timeout: 2 * JOB_MS_MAX }, () => {
  afterAll(async () => {
    for (const topic of made) await topics.remove(topic)
    await topics.close()
  })

  it('give Flink every value of every type, nulls too, also when it reads some columns only', async () => {
    const fields: Field[] = Object.keys(VALUES).map((type, i) => ({ name: `c${i}`, type, nullable: true }))
    const row = fc.tuple(...Object.values(VALUES).map((value) => fc.option(value, { nil: null, freq: 8 })))
    const rows = fc.sample(row, { numRuns: ROWS, seed }).map((values, arrival) => ({ arrival, split: 'a', watermark: arrival, values }))
    const table = await written('all', { fields, key: ['c6'] }, rows)
    const whole = [{ name: '_arrival', type: 'int64', nullable: false }, ...fields]
    const some = [whole[0], fields[8], fields[3]]
    const query = (name: string, columns: readonly Field[]): string =>
      `SELECT '${name}', ${resultText(columns)} FROM \`all\` WHERE \`_kind\` = 'row'`
    const beats = "SELECT 'beats', JSON_ARRAY(COUNT(*)) FROM `all` WHERE `_kind` = 'heartbeat' AND `c0` IS NULL AND `_arrival` IS NULL"
    const found = await rowsOf([table], [query('whole', whole), query('some', some), beats])
    const values = (name: string, columns: readonly Field[]): Value[][] =>
      (found.get(name) ?? []).map((one) => resultValues(columns, one)).toSorted((a, b) => Number(a[0]) - Number(b[0]))
    expect(values('whole', whole)).toEqual(rows.map(({ arrival, values }) => [arrival, ...values]))
    expect(values('some', some)).toEqual(rows.map(({ arrival, values }) => [arrival, values[8], values[3]]))
    expect(found.get('beats')).toEqual([[2 * PARTITIONS]])
  })

  const cases = scenarios()
  it('are some scenarios', () => expect(cases.length).toBeGreaterThan(SCENARIOS_MIN))

  const groups = Array.from({ length: Math.ceil(cases.length / CASES_PER_JOB) }, (_, i) => i * CASES_PER_JOB)
  it.each(groups)('give the answers of the scenarios from %i on', async (from) => {
    const group = cases.slice(from, from + CASES_PER_JOB)
    const definitions: string[] = []
    for (const { name, plan, rows } of group)
      for (const source of plan.sources.values())
        definitions.push(
          await written(
            `${name} ${source.name}`,
            source,
            rows.filter((row) => row.source === source.name),
          ),
        )
    const queries = group.map(({ name, plan, scenario }) => {
      const { sql } = printPlan(plan, { mode: scenario.mode, sources: (source) => `\`${name} ${source}\`` })
      return `SELECT '${name}', ${resultText(plan.output.fields)} FROM ${nested(sql)}`
    })
    const found = await rowsOf(definitions, queries)
    const differences = group.flatMap(({ name, plan, scenario }) => {
      const rows = (found.get(name) ?? []).map((row) => resultValues(plan.output.fields, row))
      const difference = compareResults({ ...scenarioResult(scenario), late: [] }, { columns: plan.output.fields, rows, late: [] })
      return difference === undefined ? [] : [`${scenario.name}: ${difference}`]
    })
    expect(differences).toEqual([])
  })
})

interface AvroCase extends PreparedCase {
  readonly scenario: Scenario
  readonly name: string
}

/** A share of the scenarios that Flink has SQL for. */
function scenarios(): readonly AvroCase[] {
  return Object.values(CONFORMANCE_SCENARIOS)
    .flat()
    .flatMap((scenario, i) => {
      if (GAPS[scenario.name] !== undefined || (i + seed) % EVERY !== 0) return []
      const prepared = prepareCase(scenario)
      try {
        printPlan(prepared.plan, { mode: scenario.mode, sources: () => '' })
        return [{ ...prepared, scenario, name: `c${i}` }]
      } catch (error) {
        expect(error).toMatchObject({ code: 'engine/unsupported' })
        return []
      }
    })
}
