import { type PlanNode, type PlanResult, WATERMARK_FLOOR } from '@millrace/core'
import { KafkaBoundedTopics } from '@millrace/log-kafka'
import { runReference } from '@millrace/reference'
import {
  CONFORMANCE_SCENARIOS,
  compareResults,
  type PreparedCase,
  prepareCase,
  type Scenario,
  scenarioResult,
  TEST_FUNCTIONS,
} from '@millrace/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { watermarkClause } from '../../packages/engine-flink/src/live/live-job.ts'
import { type PrintedLive, printLive } from '../../packages/engine-flink/src/live/live-printer.ts'
import { identifier } from '../../packages/engine-flink/src/print/identifier.ts'
import { nested } from '../../packages/engine-flink/src/print/select-text.ts'
import { parseExact } from '../../packages/engine-flink/src/run/exact-json.ts'
import { FlinkJobs } from '../../packages/engine-flink/src/run/flink-jobs.ts'
import { kafkaExchange } from '../../packages/engine-flink/src/run/kafka-exchange.ts'
import { resultText, resultValues } from '../../packages/engine-flink/src/run/result-row.ts'
import { GatewaySession } from '../../packages/engine-flink/src/run/sql-gateway.ts'
import { LAST_HEARTBEAT, stampedColumns, stampedRecord } from '../../packages/engine-flink/src/run/stamped-record.ts'
import { printTable } from '../../packages/engine-flink/src/run/table-ddl.ts'
import { changesLeft, type Found, rowsByCase } from './flink-changes.ts'
import { GAPS } from './flink-cluster.ts'

// Scenarios as jobs over streams without end are printed: with Flink's own windows and watermarks. Their topics end with the far heartbeat.

const { MILLRACE_KAFKA: BROKERS = '', MILLRACE_FLINK_GATEWAY: GATEWAY = '', MILLRACE_FLINK_REST: REST = '' } = process.env
const CASES_PER_JOB = 20
const JOB_MS_MAX = 180_000
const SCENARIOS_MIN = 10
/** Those of nodes whose name holds this. */
const ABOUT = process.env.MILLRACE_SCENARIOS ?? ''
/** Each run takes a share of the scenarios, another each time; all with MILLRACE_LONG_TESTS=1, and all of some nodes. */
const EVERY = process.env.MILLRACE_LONG_TESTS === '1' || ABOUT !== '' ? 1 : 16
/** In turn 1 and 2 when not given. */
const PARALLELISM = process.env.MILLRACE_PARALLELISM === undefined ? undefined : Number(process.env.MILLRACE_PARALLELISM)
const seed = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * EVERY))
const topics = new KafkaBoundedTopics({ brokers: BROKERS.split(',') })
const exchangeOf = kafkaExchange({ brokers: BROKERS, topics })

interface LiveCase extends PreparedCase {
  readonly scenario: Scenario
  readonly expected: PlanResult
  readonly name: string
  readonly printed: PrintedLive
}

/** The scenarios that have such a form. */
function liveCases(): readonly LiveCase[] {
  return Object.entries(CONFORMANCE_SCENARIOS)
    .filter(([about]) => about.includes(ABOUT))
    .flatMap(([, scenarios]) => scenarios)
    .flatMap((scenario, i) => {
      if (scenario.mode !== 'as_served' || GAPS[scenario.name] !== undefined || (i + seed) % EVERY !== 0) return []
      const found = sincePositive(scenario)
      if (found === undefined) return []
      const { prepared, expected } = found
      const name = `c${i}`
      try {
        return [
          {
            ...prepared,
            scenario,
            expected,
            name,
            printed: printLive(prepared.plan, { prefix: name, sources: (source) => identifier(tableOf(name, source)) }),
          },
        ]
      } catch (error) {
        expect(error).toMatchObject({ code: 'engine/unsupported' })
        return []
      }
    })
}

/** Whether Flink leaves out rows that lie before its clock begins, at 1970: its interval joins and ranges do. */
function isSince1970(node: PlanNode): boolean {
  return node.kind === 'join' ? node.type === 'interval' : node.kind === 'dedupe' || node.kind === 'over-aggregate'
}

/** A day that fixed windows of the scenarios begin with too. */
const LATER_MS = 1_000 * 86_400_000

/** A scenario with its result; where Flink knows no rows of its times, all of it lies later and the result is the reference's. Undefined if that is not enough. */
function sincePositive(scenario: Scenario): { readonly prepared: PreparedCase; readonly expected: PlanResult } | undefined {
  const prepared = prepareCase(scenario)
  const { plan } = prepared
  const place = new Map(
    [...plan.sources.values()].map(({ name, fields, event_time }) => [name, fields.findIndex((f) => f.name === event_time)]),
  )
  if (
    !plan.nodes.some(({ node }) => isSince1970(node)) ||
    prepared.rows.every(({ source, values }) => Number(values[place.get(source) ?? 0]) > 0)
  )
    return { prepared, expected: { ...scenarioResult(scenario), late: [] } }
  const rows = prepared.rows.map((row) => ({
    ...row,
    watermark: row.watermark === WATERMARK_FLOOR ? row.watermark : row.watermark + LATER_MS,
    values: row.values.map((value, i) => (i === place.get(row.source) ? Number(value) + LATER_MS : value)),
  }))
  if (rows.some(({ source, values }) => Number(values[place.get(source) ?? 0]) <= 0)) return undefined
  return {
    prepared: { ...prepared, rows },
    expected: { ...runReference(plan, rows, { mode: 'as_served', functions: TEST_FUNCTIONS }), late: [] },
  }
}

const tableOf = (name: string, source: string): string => `${name} reads ${source}`

/** One job for these cases: the rows of each, in the JSON form that they came in. */
async function run(cases: readonly LiveCase[], parallelism: number): Promise<ReadonlyMap<string, readonly unknown[][]>> {
  const exchange = exchangeOf(parallelism)
  const session = await GatewaySession.open(GATEWAY, { 'parallelism.default': String(parallelism), 'restart-strategy.type': 'none' })
  try {
    for (const { name, plan, rows } of cases)
      for (const source of plan.sources.values()) {
        const own = rows.filter((row) => row.source === source.name)
        const records = own.map((row) => ({ key: `${row.values[1]}`, value: stampedRecord(source, row) }))
        const options = await exchange.put(records, LAST_HEARTBEAT)
        const columns = stampedColumns(source.fields)
        await session.run(printTable({ name: tableOf(name, source.name), columns, clauses: [watermarkClause(source)], options }))
      }
    for (const { name, sql } of cases.flatMap(({ printed }) => printed.views))
      await session.run(`CREATE TEMPORARY VIEW ${identifier(name)} AS\n${sql}`)
    const [place, changes] = [await exchange.results(), await exchange.results()]
    const columns = [['case', 'STRING'] as const, ['row', 'STRING'] as const]
    // JSON takes rows that only come: one that is taken back is refused when the job is planned.
    await session.run(printTable({ name: 'rows', columns, options: { ...place.options, format: 'json' } }))
    await session.run(printTable({ name: 'changes', columns, options: changes.options }))
    const inserts = cases.map(({ name, plan, printed }) => {
      const table = printed.form === 'changes' ? 'changes' : 'rows'
      return `INSERT INTO \`${table}\` SELECT '${name}', ${resultText(plan.output.fields)} FROM ${nested(printed.sql)};\n`
    })
    const { jobId = '' } = await session.run(`EXECUTE STATEMENT SET BEGIN\n${inserts.join('')}END`)
    await new FlinkJobs(REST).finished(jobId, { jobMsMax: JOB_MS_MAX, restartsMax: 0 })
    const found = [...(await place.read()).map((text) => parseExact(text) as Found), ...changesLeft(await changes.read())]
    return rowsByCase(found)
  } finally {
    await exchange.close()
    await session.close()
  }
}

console.info(`MILLRACE_SEED=${seed}`)

describe('jobs over streams without end', () => {
  const cases = liveCases()
  const groups = Array.from({ length: Math.ceil(cases.length / CASES_PER_JOB) }, (_, i) =>
    cases.slice(i * CASES_PER_JOB, (i + 1) * CASES_PER_JOB),
  )
  afterAll(() => topics.close())

  it('are more than some scenarios', () => expect(cases.length).toBeGreaterThan(ABOUT === '' ? SCENARIOS_MIN : 0))

  it.each(groups.map((group, i) => [i, group] as const))(
    'give what the scenarios say, each row once: group %i',
    async (i, group) => {
      const found = await run(group, PARALLELISM ?? 1 + (i % 2))
      const differences = group.flatMap(({ scenario, expected, name, plan }) => {
        const rows = (found.get(name) ?? []).map((row) => resultValues(plan.output.fields, row))
        const difference = compareResults(expected, { columns: plan.output.fields, rows, late: [] })
        return difference === undefined ? [] : [`${scenario.name}: ${difference}`]
      })
      expect(differences).toEqual([])
    },
    2 * JOB_MS_MAX,
  )
})
