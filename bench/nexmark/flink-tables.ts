import { join } from 'node:path'
import type { PlanSource } from '@millrace/core'
import { SOURCES } from '../../examples/nexmark/source.ts'
import { identifier } from '../../packages/engine-flink/src/print/identifier.ts'
import { stampedColumns } from '../../packages/engine-flink/src/run/stamped-record.ts'

const TYPES: Readonly<Record<string, string>> = { int64: 'BIGINT', string: 'STRING', timestamp: 'TIMESTAMP_LTZ(3)' }
/** Watermarks of the published queries. */
const DELAY = "INTERVAL '4' SECOND"
/** As our printed SQL has it. */
const STAMPED_WATERMARK = "`_watermark` - INTERVAL '0.002' SECOND"

interface Table {
  readonly name: string
  readonly columns: readonly (readonly [name: string, type: string])[]
  readonly watermark: string
  readonly options: Readonly<Record<string, string>>
}

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
    tableText({
      name: stampedTable(source.name),
      columns: stampedColumns(source.fields),
      watermark: `WATERMARK FOR ${identifier(source.event_time)} AS ${STAMPED_WATERMARK}`,
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
    tableText({
      name,
      columns: fields.map((field) => [field.name, TYPES[field.type]]),
      watermark: `WATERMARK FOR ${identifier(event_time)} AS ${identifier(event_time)} - ${DELAY}`,
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
    format: 'json',
    'json.timestamp-format.standard': 'ISO-8601',
  }
}

function tableText({ name, columns, watermark, options }: Table): string {
  const declared = [...columns.map(([column, type]) => `${identifier(column)} ${type}`), watermark].join(', ')
  const settings = Object.entries(options).map(([key, value]) => `'${key}' = '${value}'`)
  return `CREATE TEMPORARY TABLE ${identifier(name)} (${declared}) WITH (${settings.join(', ')})`
}
