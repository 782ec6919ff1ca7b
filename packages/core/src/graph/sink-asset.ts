import { type DeclaredAt, declaredAt } from '../contract/declared-at.ts'
import { userError } from '../error/index.ts'
import { type Duration, durationMs } from '../type/duration.ts'
import type { AlertAsset } from './alert-asset.ts'
import { alertFields } from './alert-fields.ts'
import type { KafkaCluster } from './environment.ts'
import { checkLimit } from './files-source.ts'
import { type FeatureView, viewColumns } from './joined-asset.ts'
import type { ModelAsset } from './model-asset.ts'
import type { Setting } from './setting.ts'
import type { ViewAsset } from './view-asset.ts'

interface FilesTarget {
  /** Folder relative to the project. */
  readonly folder: string
  readonly rowsMax?: number
  readonly everyMs?: number
}

/** Where a sink's rows go. */
export type SinkDeclaration =
  | {
      readonly kind: 'postgres-table'
      readonly url: Setting
      readonly schema?: string
      readonly table: string
      readonly key: readonly string[]
    }
  | ({ readonly kind: 'json-lines' } & FilesTarget)
  | ({ readonly kind: 'parquet-files' } & FilesTarget)
  | {
      readonly kind: 'redis-keys'
      readonly url: Setting
      readonly prefix: string
      readonly key: readonly string[]
      readonly form: 'hash' | 'json'
      readonly ttlMs?: number
    }
  | { readonly kind: 'http'; readonly url: Setting; readonly secret?: Setting }
  | {
      readonly kind: 'kafka-topic'
      readonly cluster: KafkaCluster
      readonly topic: string
      readonly key: readonly string[]
      readonly partitions?: number
    }

export type SinkInput = FeatureView | ViewAsset | ModelAsset | AlertAsset

export interface SinkOptions {
  /** The rows of a view, a model's scores, or alerts. */
  readonly from: SinkInput
  readonly to: SinkDeclaration
  readonly doc?: string
}

/** Carries the rows of an asset to a place outside, as they come. */
export interface SinkAsset {
  readonly kind: 'sink'
  readonly name: string
  readonly input: SinkInput
  readonly to: SinkDeclaration
  readonly doc: string | undefined
  readonly at: DeclaredAt | undefined
}

/**
 * Declares a sink. A row arrives at least once, and once where the place can tell (tables by key, files by name).
 *
 * @example
 * const scores = sink('scores_to_pg', { from: suspiciousIp,
 *   to: postgresTable({ url: env('SHOP_DB'), table: 'scores', key: ['ip', 'window_end'] }) })
 */
export function sink(name: string, options: SinkOptions): SinkAsset {
  const at = declaredAt()
  const input = options.from
  if (options.to.kind === 'postgres-table' || options.to.kind === 'redis-keys' || options.to.kind === 'kafka-topic')
    checkKey(options.to.key, { name, columns: sinkColumns(input), at })
  return { kind: 'sink', name, input, to: options.to, doc: options.doc, at }
}

function sinkColumns(input: SinkInput): readonly string[] {
  return (input.kind === 'alert' ? alertFields(input) : viewColumns(input)).map((column) => column.name)
}

function checkKey(
  key: readonly string[],
  of: { readonly name: string; readonly columns: readonly string[]; readonly at: DeclaredAt | undefined },
): void {
  const unknown = key.find((column) => !of.columns.includes(column))
  if (unknown === undefined) return
  throw userError('project/unknown-column', `Sink \`${of.name}\` keys its rows by \`${unknown}\`, which its rows do not have.`, {
    asked: unknown,
    found: of.columns,
    do: 'Name columns of the rows.',
    at: of.at,
  })
}

/** A table of a PostgreSQL database: rows replace those with the same key; without a key they are appended. */
export function postgresTable(options: {
  readonly url: Setting
  readonly schema?: string
  readonly table: string
  readonly key?: readonly string[]
}): SinkDeclaration {
  return { kind: 'postgres-table', ...options, key: options.key ?? [] }
}

interface FileOptions {
  readonly rowsMax?: number
  /** A file is closed at the latest when it is this old. */
  readonly every?: Duration
}

function files(folder: string, { rowsMax, every }: FileOptions): FilesTarget {
  return {
    folder,
    ...(rowsMax === undefined ? {} : { rowsMax }),
    ...(every === undefined ? {} : { everyMs: durationMs(every, `period of the files in ${folder}`) }),
  }
}

/** Files of JSON lines in a folder. @example jsonLines('out/scores', { every: '1m' }) */
export function jsonLines(folder: string, options: FileOptions = {}): SinkDeclaration {
  return { kind: 'json-lines', ...files(folder, options) }
}

/** Parquet files in a folder. @example parquetFiles('out/scores', { rowsMax: 100_000 }) */
export function parquetFiles(folder: string, options: FileOptions = {}): SinkDeclaration {
  return { kind: 'parquet-files', ...files(folder, options) }
}

/**
 * Rows kept by key in Redis, or a server that speaks its protocol: a hash of the columns under `<prefix>:<key values>`, or one JSON text. A row
 * replaces the one with the same key; `ttl` is the time after which it is forgotten.
 *
 * @example
 * redisKeys({ url: env('REDIS_URL'), prefix: 'scores', key: ['ip'], ttl: '1d' })
 */
export function redisKeys(options: {
  readonly url: Setting
  readonly prefix: string
  readonly key: readonly string[]
  readonly form?: 'hash' | 'json'
  readonly ttl?: Duration
}): SinkDeclaration {
  const { url, prefix, key, form = 'hash', ttl } = options
  return {
    kind: 'redis-keys',
    url,
    prefix,
    key,
    form,
    ...(ttl === undefined ? {} : { ttlMs: durationMs(ttl, `time of rows under ${prefix}`) }),
  }
}

/** Batches of JSON lines posted to an address; the body is signed when there is a secret. */
export function httpSink(url: Setting, options: { readonly secret?: Setting } = {}): SinkDeclaration {
  return { kind: 'http', url, ...options }
}

/**
 * Records of JSON objects in a Kafka topic, keyed by the text of `key`; rows and how far they have got are one transaction. A topic that is missing is made
 * with `partitions` (1).
 *
 * @throws `project/bad-limit`
 * @example
 * kafkaTopic('scores', { cluster: { brokers: env('KAFKA') }, key: ['ip'], partitions: 4 })
 */
export function kafkaTopic(
  topic: string,
  options: { readonly cluster: KafkaCluster; readonly key?: readonly string[]; readonly partitions?: number },
): SinkDeclaration {
  const { cluster, key = [], partitions } = options
  checkLimit('partitions', partitions)
  return { kind: 'kafka-topic', cluster, topic, key, ...(partitions === undefined ? {} : { partitions }) }
}
