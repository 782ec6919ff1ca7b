import {
  bugError,
  type CheckedPlan,
  type LateEntry,
  type PlanResult,
  type PlanRunOptions,
  type PlanSource,
  type StampedRow,
} from '@millrace/core'
import { identifier, textConstant } from '../print/identifier.ts'
import { type PrintedPlan, printPlan } from '../print/plan-printer.ts'
import { nested } from '../print/select-text.ts'
import { parseExact } from './exact-json.ts'
import type { Exchange, KeyedRecord, OpenExchange } from './exchange.ts'
import { FlinkJobs } from './flink-jobs.ts'
import { resultText, resultValues } from './result-row.ts'
import { GatewaySession } from './sql-gateway.ts'
import { LAST_HEARTBEAT, stampedColumns, stampedRecord } from './stamped-record.ts'
import { printTable } from './table-ddl.ts'

/** A plan over stamped rows. */
export interface BoundedCase {
  readonly plan: CheckedPlan
  readonly rows: readonly StampedRow[]
  readonly options: Pick<PlanRunOptions, 'mode'>
}

/** Where a cluster is, and how rows come to it. */
export interface Cluster {
  /** The SQL gateway, e.g. `http://127.0.0.1:8083`. */
  readonly gateway: string
  /** The JobManager's REST API. */
  readonly rest: string
  readonly exchange: OpenExchange
}

export interface JobOptions {
  readonly parallelism: number
  /** Settings of the session beside ours. */
  readonly settings?: Readonly<Record<string, string>>
}

/** What one job gave for its cases, in their order. */
export interface BatchResult {
  readonly jobId: string
  readonly results: readonly PlanResult[]
}

/** Longest time for a job over cases, ms. */
const JOB_MS_MAX = 120_000

/**
 * What a job over cases says is exact in the end, or nothing. On the way there corrections are brought together: of joins and aggregates one behind
 * another each passes on corrections of corrections.
 */
const BOUNDED: Readonly<Record<string, string>> = {
  'restart-strategy.type': 'none',
  'table.exec.mini-batch.enabled': 'true',
  'table.exec.mini-batch.allow-latency': '1 s',
  'table.exec.mini-batch.size': '10000',
}

const RESULTS = '_results'

/** Runs cases as one statement set, thus one job, which reads all of them from one topic per kind of source and writes to one topic. */
export async function runCases(cluster: Cluster, cases: readonly BoundedCase[], options: JobOptions): Promise<BatchResult> {
  const tables = sourceTables(cases)
  const settings = { ...BOUNDED, 'parallelism.default': String(options.parallelism), ...options.settings }
  const inserts = cases.flatMap((one, i) => insertsOf(one, i, tables))
  const exchange = cluster.exchange(options.parallelism)
  const session = await GatewaySession.open(cluster.gateway, settings)
  try {
    for (const table of tables) await session.run(await sourceDdl(table, exchange))
    const place = await exchange.results()
    await session.run(printTable({ name: RESULTS, columns: RESULT_COLUMNS, options: place.options }))
    const { jobId } = await session.run(`EXECUTE STATEMENT SET BEGIN\n${inserts.join(';\n')};\nEND`)
    if (jobId === undefined) throw bugError('engine/no-job', 'Flink began no job for a statement set.', { asked: inserts })
    await new FlinkJobs(cluster.rest).finished(jobId, { jobMsMax: JOB_MS_MAX, restartsMax: 0 })
    return { jobId, results: resultsOf(cases, await place.read()) }
  } finally {
    await exchange.close()
    await session.close()
  }
}

const RESULT_COLUMNS = [
  ['case', 'INT'],
  ['kind', 'STRING'],
  ['row', 'STRING'],
] as const

/** A table that holds the rows of all sources with the same fields, of all cases. */
interface SourceTable {
  readonly name: string
  readonly source: PlanSource
  readonly records: KeyedRecord[]
  /** Sources of cases: index of the case and name. */
  readonly holds: Set<string>
}

function sourceTables(cases: readonly BoundedCase[]): readonly SourceTable[] {
  const tables = new Map<string, SourceTable>()
  for (const [i, { plan, rows }] of cases.entries()) {
    const bySource = Map.groupBy(rows, (row) => row.source)
    for (const source of plan.sources.values()) {
      const form = JSON.stringify(source.fields.map(({ name, type }) => [name, type]))
      const table = tables.get(form) ?? { name: `_source_${tables.size}`, source, records: [], holds: new Set() }
      tables.set(form, table)
      table.holds.add(holdName(i, source.name))
      for (const row of bySource.get(source.name) ?? [])
        table.records.push({ key: keyOf(source, row), value: stampedRecord(source, row, { _case: holdName(i, source.name) }) })
    }
  }
  return [...tables.values()]
}

function holdName(index: number, source: string): string {
  return `${index} ${source}`
}

/** Rows go to partitions by their key, or by turns. */
function keyOf(source: PlanSource, row: StampedRow): string {
  const places = (source.key ?? []).map((name) => source.fields.findIndex((field) => field.name === name))
  return places.length === 0 ? String(row.arrival) : JSON.stringify(places.map((place) => String(row.values[place])))
}

async function sourceDdl({ name, source, records }: SourceTable, exchange: Exchange): Promise<string> {
  const columns = [['_case', 'STRING'] as const, ...stampedColumns(source.fields)]
  return printTable({ name, columns, options: await exchange.put(records, LAST_HEARTBEAT) })
}

function insertsOf({ plan, options }: BoundedCase, index: number, tables: readonly SourceTable[]): readonly string[] {
  const printed = printPlan(plan, {
    mode: options.mode,
    sources: (name) => {
      const hold = holdName(index, name)
      const table = tables.find(({ holds }) => holds.has(hold)) as SourceTable
      return nested(`SELECT * FROM ${identifier(table.name)} WHERE \`_case\` = ${textConstant(hold)}`)
    },
  })
  return insertTexts(plan, printed, index)
}

const LATE_FIELDS = [
  { name: 'source', type: 'string', nullable: false },
  { name: 'arrival', type: 'int64', nullable: false },
  { name: 'late', type: 'string', nullable: false },
  { name: 'windows_missed', type: 'int64', nullable: false },
  { name: 'node', type: 'string', nullable: false },
]

function insertTexts(plan: CheckedPlan, { sql, lateSql }: PrintedPlan, index: number): readonly string[] {
  const insert = (kind: string, text: string, query: string): string =>
    `INSERT INTO ${identifier(RESULTS)}\nSELECT ${index}, '${kind}', ${text}\nFROM ${nested(query)}`
  return [
    insert('row', resultText(plan.output.fields), sql),
    ...(lateSql === undefined ? [] : [insert('late', resultText(LATE_FIELDS), lateSql)]),
  ]
}

interface Change {
  readonly case: number
  readonly kind: 'row' | 'late'
  readonly row: string
}

/** What is left of all changes: rows as often as they were said and not taken back. */
function resultsOf(cases: readonly BoundedCase[], texts: readonly string[]): readonly PlanResult[] {
  const left = new Map<string, { readonly change: Change; count: number }>()
  for (const text of texts) {
    const { op, before, after } = parseExact(text) as { readonly op: string; readonly before: Change | null; readonly after: Change | null }
    const change = (op === 'd' ? before : after) as Change
    const key = JSON.stringify([change.case, change.kind, change.row])
    const entry = left.get(key) ?? { change, count: 0 }
    entry.count += op === 'd' ? -1 : 1
    left.set(key, entry)
  }
  const changes = [...left.values()].flatMap(({ change, count }) => Array<Change>(Math.max(count, 0)).fill(change))
  const byCase = Map.groupBy(changes, (change) => change.case)
  return cases.map(({ plan }, i) => resultOf(plan, byCase.get(i) ?? []))
}

function resultOf({ output }: CheckedPlan, changes: readonly Change[]): PlanResult {
  const valuesOf = (kind: Change['kind'], fields: typeof output.fields) =>
    changes.filter((change) => change.kind === kind).map((change) => resultValues(fields, parseExact(change.row) as readonly unknown[]))
  const late = valuesOf('late', LATE_FIELDS).map(
    ([source, arrival, extent, missed, node]): LateEntry => ({
      source: String(source),
      arrival: Number(arrival),
      late: extent === 'all' ? 'all' : 'some',
      windows_missed: Number(missed),
      node: String(node),
    }),
  )
  return { columns: output.fields, rows: valuesOf('row', output.fields), late }
}
