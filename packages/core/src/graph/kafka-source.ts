import { userError } from '../error/index.ts'
import type { KafkaCluster } from './environment.ts'

/** What the value of a record is. */
export type KafkaFormat =
  /** One JSON object. */
  | { readonly kind: 'json' }
  /** One Avro record of this schema; `confluent`: behind a zero byte and the four bytes of a registry's id. */
  | { readonly kind: 'avro'; readonly schema: unknown; readonly wire: 'plain' | 'confluent' }
  /** Text in UTF-8, or bytes as they are, which become the value of one field. */
  | { readonly kind: 'text' | 'bytes'; readonly field: string }

/** Fields of the contract that do not come from a record's value. */
export interface KafkaFields {
  /** The record's key, as text or bytes. */
  readonly key?: string
  /** The record's timestamp. */
  readonly timestamp?: string
  /** Names of headers by the fields that take their text; of several of one name the last. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface KafkaSourceDeclaration {
  readonly kind: 'kafka'
  readonly cluster: KafkaCluster
  readonly topic: string
  readonly format: KafkaFormat
  readonly fields: KafkaFields
  readonly from: 'earliest' | 'latest'
  readonly tombstones: 'skip' | 'rows'
  /** Group under which the cluster is told how far records were taken. */
  readonly group: string | undefined
}

export interface KafkaSourceOptions extends KafkaFields {
  readonly cluster: KafkaCluster
  /** JSON when left out. */
  readonly format?: KafkaFormat['kind']
  /** Of Avro. */
  readonly schema?: unknown
  readonly wire?: 'plain' | 'confluent'
  /** The field of text and bytes. */
  readonly field?: string
  /** Where a topic is begun that was never read: `earliest` when left out. */
  readonly from?: 'earliest' | 'latest'
  /** Records without value: passed over when left out, or `rows`, which have their key and nulls. */
  readonly tombstones?: 'skip' | 'rows'
  readonly group?: string
}

const FORMATS: readonly KafkaFormat['kind'][] = ['json', 'avro', 'text', 'bytes']

/**
 * Records of a Kafka topic: what is committed, each once. Every partition is a split; how far each was taken is kept with the records.
 *
 * @throws `project/unknown-format`, `project/not-in-format`
 * @example
 * stream('orders', { contract: Order, from: kafka('shop.orders', { cluster: { brokers: env('KAFKA') }, headers: { trace: 'trace-id' } }),
 *   watermark: { delay: '10s' }, late: 'keep' })
 */
export function kafka(topic: string, options: KafkaSourceOptions): KafkaSourceDeclaration {
  const { cluster, key, timestamp, headers, from = 'earliest', tombstones = 'skip', group } = options
  return {
    kind: 'kafka',
    cluster,
    topic,
    format: kafkaFormat(options),
    fields: {
      ...(key === undefined ? {} : { key }),
      ...(timestamp === undefined ? {} : { timestamp }),
      ...(headers === undefined ? {} : { headers }),
    },
    from,
    tombstones,
    group,
  }
}

function kafkaFormat({ format = 'json', schema, wire = 'plain', field }: KafkaSourceOptions): KafkaFormat {
  if (!FORMATS.includes(format)) {
    throw userError('project/unknown-format', `\`${String(format)}\` is no format of records on Kafka.`, {
      asked: format,
      found: FORMATS,
      do: 'Use one of the formats found.',
    })
  }
  if (format === 'avro') {
    if (schema === undefined) throw missing('avro', 'schema', 'the schema that records are written with')
    return { kind: 'avro', schema, wire }
  }
  if (format === 'json') return { kind: 'json' }
  if (field === undefined) throw missing(format, 'field', 'the field that takes the value')
  return { kind: format, field }
}

function missing(format: string, option: string, what: string): Error {
  return userError('project/not-in-format', `Records in ${format} need \`${option}\`: ${what}.`, {
    asked: format,
    found: 'nothing',
    do: `Give \`${option}\`.`,
  })
}
