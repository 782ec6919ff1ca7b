import { createHash } from 'node:crypto'
import type { Batch } from '@millrace/columnar'
import { bugError } from '@millrace/core'
import { avroWriter, BRANCH, nullableWriter } from './avro-cell.ts'
import { writeLong } from './avro-number.ts'
import { type StampedColumn, stampedAvroSchema, stampedColumns } from './avro-schema.ts'
import { ByteWriter } from './byte-writer.ts'
import { RowShape } from './row-shape.ts'
import type { Heartbeat, RecordKind, StampedForm } from './stamped-record.ts'

const NULL = Uint8Array.of(BRANCH.null)
const VALUE = Uint8Array.of(BRANCH.value)

/**
 * Stamped records of a stream in Avro's binary encoding, by the schema of `stampedAvroSchema` and without anything in front: whoever reads them has the
 * schema. A registry's header would be the first bytes of `rows` and `heartbeat`.
 *
 * @param fields the stream's own columns
 */
export function avroForm(fields: readonly StampedColumn[]): StampedForm {
  const columns = stampedColumns(fields).slice(1)
  const hash = createHash('sha256').update(JSON.stringify(stampedAvroSchema(fields)))
  return {
    name: `avro ${hash.digest('hex').slice(0, 16)}`,
    rows: (batch) => rowsOf(batch, columns),
    heartbeat: (beat) => heartbeatOf(beat, columns),
  }
}

/** A column that the batch has not got is null: it was added to the stream behind these rows. */
function rowsOf(batch: Batch, columns: readonly StampedColumn[]): Buffer[] {
  const shape = new RowShape(batch.rows)
  shape.bytes(kindOf('row'))
  const places = new Map(batch.fields.map(({ name }, place) => [name, place]))
  for (const { name, type } of columns) {
    const place = places.get(name)
    if (place === undefined) {
      shape.bytes(NULL)
      continue
    }
    const column = batch.columns[place]
    if (batch.fields[place].type !== type) throw otherType(name, type, batch.fields[place].type)
    const write = avroWriter(column, type)
    if (column.nulls === null) shape.bytes(VALUE)
    shape.column(column, column.nulls === null ? write : nullableWriter(column.nulls, write))
  }
  return shape.write()
}

function heartbeatOf({ watermark, ingestedAt }: Heartbeat, columns: readonly StampedColumn[]): Buffer {
  const times: Readonly<Record<string, number>> = { _ingested_at: ingestedAt, _watermark: watermark }
  const writer = new ByteWriter()
  writer.copy(kindOf('heartbeat'))
  for (const { name } of columns) {
    writer.copy(Object.hasOwn(times, name) ? VALUE : NULL)
    if (Object.hasOwn(times, name)) writeLong(writer, times[name])
  }
  return writer.take()
}

function kindOf(kind: RecordKind): Uint8Array {
  const writer = new ByteWriter()
  writer.copy(VALUE)
  writeLong(writer, kind.length)
  writer.ascii(kind)
  return writer.take()
}

function otherType(name: string, asked: string, found: string): Error {
  return bugError('kafka/other-type', `The column \`${name}\` of a stamped topic is ${asked}, and the log has it as ${found}.`, {
    asked,
    found,
  })
}
