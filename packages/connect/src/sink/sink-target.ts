import type { Field } from '@millrace/columnar'
import type { KafkaConnection } from '@millrace/log-kafka'
import type { FileFormat } from './files/file-format.ts'
import { jsonLinesFormat } from './files/file-format.ts'
import { FilesSink } from './files/files-sink.ts'
import { HttpSink } from './http/http-sink.ts'
import { PostgresSink } from './postgres/postgres-sink.ts'
import type { Sink } from './sink.ts'

interface FileLimits {
  /** Folder relative to the project. */
  readonly folder: string
  /** A file is closed when it has this many rows, or is this old. 100,000 rows and one minute when left out. */
  readonly rowsMax?: number
  readonly everyMs?: number
}

/** Where a sink's rows go, with every setting resolved: plain data. */
export type SinkTarget =
  | {
      readonly kind: 'postgres-table'
      readonly url: string
      readonly schema?: string
      readonly table: string
      readonly key: readonly string[]
    }
  | ({ readonly kind: 'json-lines' } & FileLimits)
  | ({ readonly kind: 'parquet-files' } & FileLimits)
  | {
      readonly kind: 'redis-keys'
      readonly url: string
      readonly prefix: string
      readonly key: readonly string[]
      readonly form: 'hash' | 'json'
      readonly ttlMs?: number
    }
  | { readonly kind: 'http'; readonly url: string; readonly secret?: string }
  | {
      readonly kind: 'kafka-topic'
      readonly connection: KafkaConnection
      readonly topic: string
      readonly key: readonly string[]
      readonly partitions?: number
    }

export interface SinkPlace {
  /** Name of the sink. */
  readonly name: string
  /** The columns it gets. */
  readonly fields: readonly Field[]
  /** Writes Parquet files; an engine can. */
  readonly parquet: FileFormat
}

/** The sink of a target. One line per kind: a new sink is added here. Clients that take their time to load are loaded where they are needed. */
export async function sinkOf(target: SinkTarget, { name, fields, parquet }: SinkPlace): Promise<Sink> {
  switch (target.kind) {
    case 'postgres-table':
      return new PostgresSink({ ...target, name, fields })
    case 'json-lines':
      return new FilesSink({ ...target, name, format: jsonLinesFormat })
    case 'parquet-files':
      return new FilesSink({ ...target, name, format: parquet })
    case 'redis-keys':
      return new (await import('./redis/redis-sink.ts')).RedisSink({ ...target, name, fields })
    case 'http':
      return new HttpSink({ ...target, name })
    case 'kafka-topic':
      return new (await import('./kafka/kafka-sink.ts')).KafkaSink({ ...target, name, fields })
  }
}
