import { createHash } from 'node:crypto'
import type { Field } from '@millrace/columnar'
import type { CheckedPlan, PlanSource, StampedFormat } from '@millrace/core'
import { identifier } from '../print/identifier.ts'
import { printType } from '../print/type-printer.ts'
import { STAMP_COLUMNS, stampedColumns, stampedFormat } from '../run/stamped-record.ts'
import { printTable } from '../run/table-ddl.ts'
import { printLive } from './live-printer.ts'

/** A stamped topic on Kafka. */
export interface LiveSource {
  readonly source: PlanSource
  readonly topic: string
  /** A reader for each: Flink hangs where a reader has no partition. */
  readonly partitions: number
  /** How its records are written; JSON when left out. */
  readonly format?: StampedFormat
}

/** A view that a job computes. */
export interface LiveView {
  readonly name: string
  readonly plan: CheckedPlan
  /** Where its rows go: JSON objects of the view's columns and `_event_time`, with the stamps of records; `debezium-json` of rows that are taken back. */
  readonly topic: string
  /** Where rows go that are late for it, and the columns of their table; absent where none are kept. */
  readonly late?: { readonly topic: string; readonly fields: readonly Field[] }
}

export interface LiveJob {
  /** Of project and environment. The job's name is this and its identity. */
  readonly name: string
  /** Tells the job from others of the same name: it is in the job's name and in that of its group. The hash of its statements when left out, and no group then. */
  readonly identity?: string
  readonly sources: ReadonlyMap<string, LiveSource>
  readonly views: readonly LiveView[]
  /** Brokers, as tasks of the cluster reach them. */
  readonly brokers: readonly string[]
  /** Settings of Kafka's clients by their names there: how brokers are entered. */
  readonly properties?: Readonly<Record<string, string>>
}

export interface LiveStatements {
  readonly jobName: string
  /** Of all that the job computes. */
  readonly hash: string
  /** Tables and views, each a statement. */
  readonly definitions: readonly string[]
  /** One statement set: the job. */
  readonly job: string
  /** Flink's settings that the statements are planned with. */
  readonly settings: Readonly<Record<string, string>>
}

/** Longest time that a transaction of a sink stays open, ms: beyond any pause between checkpoints, within what brokers allow. */
const TRANSACTION_MS_MAX = 900_000

/**
 * The statements that make up a job over streams without end: every view reads the stamped topics and appends to its own.
 *
 * @throws user `engine/unsupported`
 */
export function liveStatements(job: LiveJob): LiveStatements {
  const definitions: string[] = []
  for (const [name, source] of job.sources) definitions.push(sourceTable(name, source, job))
  const inserts: string[] = []
  for (const view of job.views) {
    const printed = printLive(view.plan, {
      prefix: view.name,
      sources: (name) => identifier(sourceName(name)),
      ...(view.late === undefined ? {} : { late: view.late.fields }),
    })
    for (const { name, sql } of printed.views) definitions.push(`CREATE TEMPORARY VIEW ${identifier(name)} AS\n${sql}`)
    const stamps = printed.form === 'records' ? STAMP_COLUMNS.filter(([name]) => name !== '_kind') : []
    const columns = [...stamps, ...columnsOf(view.plan.output.fields), ['_event_time', printType('timestamp')] as const]
    inserts.push(insert(`${view.name}/out`, printed.sql))
    const format = printed.form === 'changes' ? 'debezium-json' : 'json'
    definitions.push(sinkTable({ name: `${view.name}/out`, topic: view.topic, columns, format }, job))
    if (view.late === undefined || printed.lateSql === undefined) continue
    definitions.push(
      sinkTable({ name: `${view.name}/late`, topic: view.late.topic, columns: columnsOf(view.late.fields), format: 'json' }, job),
    )
    inserts.push(insert(`${view.name}/late`, printed.lateSql))
  }
  const text = `EXECUTE STATEMENT SET BEGIN\n${inserts.map((one) => `${one};\n`).join('')}END`
  const hash = createHash('sha256')
    .update([...definitions, text].join('\n'))
    .digest('hex')
    .slice(0, 16)
  return { jobName: liveJobName(job, hash), hash, definitions, job: text, settings: planning(job) }
}

/** Aggregates that keep the values they have seen. */
const KEEPING_VALUES: ReadonlySet<string> = new Set([
  'count_distinct',
  'approx_count_distinct',
  'collect',
  'quantile',
  'variance',
  'stddev',
])

/**
 * Flink aggregates in two phases where it may, and writes the whole aggregate anew for each row in the first of them. Where values are kept, that is
 * the square of their number: on one machine with an hour of distinct values in hopping windows the job took most of its time for it.
 */
function planning({ views }: LiveJob): Readonly<Record<string, string>> {
  const aggregates = views.flatMap(({ plan }) =>
    plan.nodes.flatMap(({ node }) => (node.kind === 'window-aggregate' ? node.aggregates : [])),
  )
  return aggregates.some(({ fn }) => KEEPING_VALUES.has(fn)) ? { 'table.optimizer.agg-phase-strategy': 'ONE_PHASE' } : {}
}

function liveJobName({ name, identity }: Pick<LiveJob, 'name' | 'identity'>, hash: string): string {
  return `${name} ${identity ?? hash}`
}

/** The group under which Kafka keeps how far a job's checkpoints have read the stamped topics. */
export function liveGroup(jobName: string): string {
  return jobName.replaceAll(' ', '.')
}

function sourceName(source: string): string {
  return `stream/${source}`
}

function columnsOf(fields: readonly Field[]): readonly (readonly [string, string])[] {
  return fields.map(({ name, type }) => [name, printType(type)])
}

function insert(table: string, query: string): string {
  return `INSERT INTO ${identifier(table)}\n${query}`
}

/** Heartbeats have no event time, so the watermark is taken from the stamp: a little behind it, since the stamp itself decides what is late. */
export function watermarkClause({ event_time }: Pick<PlanSource, 'event_time'>): string {
  return `WATERMARK FOR ${identifier(event_time)} AS \`_watermark\` - INTERVAL '0.002' SECOND`
}

function sourceTable(name: string, { source, topic, partitions, format = 'json' }: LiveSource, job: LiveJob): string {
  return printTable({
    name: sourceName(name),
    columns: stampedColumns(source.fields),
    clauses: [watermarkClause(source)],
    options: {
      ...topicOptions(topic, job),
      ...stampedFormat(format),
      'properties.isolation.level': 'read_committed',
      ...(job.identity === undefined ? {} : { 'properties.group.id': liveGroup(liveJobName(job, job.identity)) }),
      'scan.startup.mode': 'earliest-offset',
      'scan.parallelism': String(partitions),
    },
  })
}

type Format = 'json' | 'debezium-json'

interface SinkTable {
  readonly name: string
  readonly topic: string
  readonly columns: readonly (readonly [string, string])[]
  readonly format: Format
}

/** Each task writes its changes to one partition, so that a row stands before what takes it back. */
function sinkTable({ name, topic, columns, format }: SinkTable, job: LiveJob): string {
  return printTable({
    name,
    columns,
    options: {
      ...topicOptions(topic, job),
      format,
      [`${format}.timestamp-format.standard`]: 'ISO-8601',
      [`${format}.encode.decimal-as-plain-number`]: 'true',
      ...(format === 'debezium-json' ? { 'sink.partitioner': 'fixed' } : {}),
      'sink.delivery-guarantee': 'exactly-once',
      'sink.transactional-id-prefix': topic,
      'properties.transaction.timeout.ms': String(TRANSACTION_MS_MAX),
    },
  })
}

function topicOptions(topic: string, { brokers, properties = {} }: LiveJob): Readonly<Record<string, string>> {
  return {
    connector: 'kafka',
    topic,
    'properties.bootstrap.servers': brokers.join(','),
    ...Object.fromEntries(Object.entries(properties).map(([key, value]) => [`properties.${key}`, value])),
  }
}
