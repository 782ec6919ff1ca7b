import type { Field } from '@millrace/columnar'
import { isNested, type PlanSource, type StampedFormat, type StampedRow, type Value, WATERMARK_END } from '@millrace/core'
import { printType } from '../print/type-printer.ts'

const DAY_MS = 86_400_000

/** Columns of a stamped topic in front of the payload, with their Flink types. */
export const STAMP_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['_kind', 'STRING'],
  ['_arrival', 'BIGINT'],
  ['_split', 'STRING'],
  ['_offset', 'BIGINT'],
  ['_ingested_at', 'TIMESTAMP_LTZ(3)'],
  ['_schema_version', 'INT'],
  ['_producer', 'STRING'],
  ['_watermark', 'TIMESTAMP_LTZ(3)'],
]

/** Options of a table over a stamped topic that say how its records are written. Without `legacy`, Flink's Avro knows no times with a zone. */
export function stampedFormat(format: StampedFormat): Readonly<Record<string, string>> {
  return format === 'avro'
    ? { format: 'avro', 'avro.timestamp_mapping.legacy': 'false' }
    : { format: 'json', 'json.timestamp-format.standard': 'ISO-8601' }
}

/** Columns of a stamped topic of a source, as DDL has them. */
export function stampedColumns(fields: readonly Pick<Field, 'name' | 'type'>[]): readonly (readonly [name: string, type: string])[] {
  return [...STAMP_COLUMNS, ...fields.map(({ name, type }) => [name, printType(type)] as const)]
}

/** The JSON record of a row in a stamped topic. */
export function stampedRecord(source: PlanSource, row: StampedRow, added: Readonly<Record<string, string>> = {}): string {
  const stamps = {
    ...added,
    _kind: 'row',
    _arrival: row.arrival,
    _split: row.split,
    _offset: row.arrival,
    _ingested_at: isoTime(0),
    _schema_version: 1,
    _producer: 'plan-run',
    _watermark: isoTime(row.watermark),
  }
  const payload = source.fields.map(({ name, type }, i) => `${JSON.stringify(name)}:${jsonText(row.values[i], type)}`)
  return `${JSON.stringify(stamps).slice(0, -1)}${payload.map((text) => `,${text}`).join('')}}`
}

/** The control record that ends a stamped topic: nothing may follow it. */
export const LAST_HEARTBEAT = JSON.stringify({ _kind: 'heartbeat', _ingested_at: isoTime(0), _watermark: isoTime(WATERMARK_END) })

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

/** int64 and decimals are exact JSON numbers. */
function jsonText(value: Value, type: string): string {
  if (value === null) return 'null'
  if (type.startsWith('decimal(') || typeof value === 'bigint') return String(value)
  if (type === 'timestamp') return JSON.stringify(isoTime(value as number))
  if (type === 'date') return JSON.stringify(isoTime((value as number) * DAY_MS).slice(0, 10))
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  return isNested(type) ? (value as string) : JSON.stringify(value)
}
