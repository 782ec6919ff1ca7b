import type { Duration } from '../type/duration.ts'
import type { Setting } from './setting.ts'

/** A Kafka cluster and how it is entered. */
export interface KafkaCluster {
  /** `host:port` of brokers to ask first; one text may name several with commas between them. */
  readonly brokers: Setting | readonly Setting[]
  /** TLS: true where the brokers' certificates are trusted by the system, else PEM texts. */
  readonly tls?: boolean | { readonly ca?: Setting; readonly cert?: Setting; readonly key?: Setting; readonly serverName?: string }
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
    readonly username: Setting
    readonly password: Setting
  }
}

/** How stamped records are written: as JSON objects, or in Avro's binary encoding. */
export type StampedFormat = 'json' | 'avro'

/** The Kafka cluster of an environment, and what stamped topics on it are like. */
export interface StampedKafka extends KafkaCluster {
  /** Of all stamped topics, from their first record on; `json` when left out. */
  readonly format?: StampedFormat
}

/** A Flink cluster and how it computes views. */
export interface FlinkCluster {
  /** URL of the SQL gateway. */
  readonly gateway: Setting
  /** URL of the JobManager's REST API. */
  readonly jobManager: Setting
  /** Brokers of the same Kafka as Flink's TaskManagers reach them; those of the environment when left out. */
  readonly brokers?: Setting | readonly Setting[]
  /** Tasks that share the work of an operator; 2 when left out. */
  readonly parallelism?: number
  /** Results are committed, and shown, this often; `10s` when left out. */
  readonly checkpointEvery?: Duration
  /** Folder of savepoints as the cluster sees it, e.g. `s3://…` or `file:///…`; the cluster's own when left out. */
  readonly savepoints?: string
  /** A job that fails is started again this often within ten minutes before it stays stopped; 5 when left out. */
  readonly restartsMax?: number
  /**
   * Backfills of views that are computed on the cluster, over the lake's tables: all of them, none, or those of which a slice reads so many records,
   * or bytes of files, by the tables' own figures. None when left out: the cluster must see the lake's folder.
   */
  readonly backfill?: BackfillOnFlink
  /** URL of the PostgreSQL with the lake's catalog as the cluster reaches it, with user and password; as this machine does when left out. */
  readonly database?: Setting
}

/** Which backfills go to a Flink cluster. */
export type BackfillOnFlink = 'always' | 'never' | { readonly rowsMin?: number; readonly bytesMin?: number }

/** What is different in an environment of a project: by its name in `environments`. */
export interface EnvironmentSettings {
  /** Where streams are written as stamped topics. */
  readonly kafka?: StampedKafka
  /** Computes the views instead of the stream engine; needs `kafka`. */
  readonly flink?: FlinkCluster
}
