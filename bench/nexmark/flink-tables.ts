import { join } from 'node:path'
import type { PlanSource } from '@millrace/core'
import { SOURCES } from '../../examples/nexmark/source.ts'
import { watermarkClause } from '../../packages/engine-flink/src/live/live-job.ts'
import { identifier } from '../../packages/engine-flink/src/print/identifier.ts'
import { printType } from '../../packages/engine-flink/src/print/type-printer.ts'
import { stampedColumns, stampedFormat } from '../../packages/engine-flink/src/run/stamped-record.ts'
import { printTable } from '../../packages/engine-flink/src/run/table-ddl.ts'

/** Watermarks of the published queries. */
const DELAY = "INTERVAL '4' SECOND"

/** The events' Parquet files as tables, as the published queries have them. */
export function parquetTables(folder: string): readonly string[] {
  return published((name) => ({
    connector: 'filesystem',
    path: `file://${join(folder, `${name}.parquet`)}`,
    format: 'parquet',
    'parquet.utc-timezone': 'true',
  }))
}

/** Topics of JSON, read to their present end, as tables of the published queries. */
export function jsonTables(broker: string, partitions: number): readonly string[] {
  return published((name) => topicOptions(broker, name, partitions))
}

/** Topics of stamped records with the watermark of the published queries, and once more, as `stamped/…`, with that of the stamp. */
export function stampedTables(broker: string, partitions: number): readonly string[] {
  const stamped = Object.values(SOURCES).map((source) =>
    printTable({
      name: stampedTable(source.name),
      columns: stampedColumns(source.fields),
      clauses: [watermarkClause(source)],
      options: topicOptions(broker, source.name, partitions),
    }),
  )
  return [...jsonTables(broker, partitions), ...stamped]
}

export function stampedTable(source: string): string {
  return `stamped/${source}`
}

function published(options: (name: string) => Readonly<Record<string, string>>): readonly string[] {
  return Object.values(SOURCES).map(({ name, event_time, fields }: PlanSource) =>
    printTable({
      name,
      columns: fields.map((field) => [field.name, printType(field.type)] as const),
      clauses: [`WATERMARK FOR ${identifier(event_time)} AS ${identifier(event_time)} - ${DELAY}`],
      options: options(name),
    }),
  )
}

function topicOptions(broker: string, topic: string, partitions: number): Readonly<Record<string, string>> {
  return {
    connector: 'kafka',
    topic,
    'properties.bootstrap.servers': broker,
    'scan.startup.mode': 'earliest-offset',
    'scan.bounded.mode': 'latest-offset',
    'scan.parallelism': String(partitions),
    ...stampedFormat('json'),
  }
}
