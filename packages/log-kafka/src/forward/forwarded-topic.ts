import { avroForm } from '../record/avro-form.ts'
import type { StampedColumn } from '../record/avro-schema.ts'
import { JSON_FORM, type StampedForm } from '../record/stamped-record.ts'

/** A topic of the embedded log, and the stamped topic on Kafka that it is copied to. */
export interface ForwardedTopic {
  readonly topic: string
  readonly to: string
  /** Of both: a record's partition is the same. */
  readonly partitions: number
  /** Columns whose text is the records' key. */
  readonly key: readonly string[]
  /** Settings of the topic by their names at Kafka, where it is created. */
  readonly settings?: Readonly<Record<string, string>>
  /** The stream's own columns, where its records are written in Avro; JSON when left out. */
  readonly avro?: readonly StampedColumn[]
}

/** How the records of a stamped topic are written. */
export function formOf({ avro }: Pick<ForwardedTopic, 'avro'>): StampedForm {
  return avro === undefined ? JSON_FORM : avroForm(avro)
}
