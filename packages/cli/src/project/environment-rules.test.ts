import { env } from '@millrace/core'
import { expect, it } from 'vitest'
import { checkEnvironments, environmentOf } from './environment-rules.ts'

const KAFKA = { brokers: env('BROKERS') }
const FLINK = { gateway: 'http://gateway:8083', jobManager: 'http://jobs:8081' }

it('gives what an environment has with its variables and what is usual', () => {
  const environments = { scaled: { kafka: KAFKA, flink: FLINK } }
  expect(environmentOf({ environments }, 'scaled', { BROKERS: 'one:9092, two:9092' })).toEqual({
    kafka: { brokers: ['one:9092', 'two:9092'] },
    format: 'json',
    flink: {
      ...FLINK,
      brokers: ['one:9092', 'two:9092'],
      parallelism: 2,
      checkpointEveryMs: 10_000,
      savepoints: undefined,
      restartsMax: 5,
      backfill: 'never',
      database: undefined,
    },
  })
  expect(environmentOf({ environments }, 'dev', {})).toEqual({ kafka: undefined, format: 'json', flink: undefined })
  const avro = { scaled: { kafka: { ...KAFKA, format: 'avro' as const } } }
  expect(environmentOf({ environments: avro }, 'scaled', { BROKERS: 'one:9092' }).format).toBe('avro')
})

it('reads secrets of a cluster when they are needed, and names the variable that is missing', () => {
  const sasl = { mechanism: 'SCRAM-SHA-256', username: 'shop', password: env('KAFKA_PASSWORD') } as const
  const environments = { scaled: { kafka: { brokers: ['one:9092'], tls: { ca: env('KAFKA_CA') }, sasl } } }
  expect(environmentOf({ environments }, 'scaled', { KAFKA_PASSWORD: 'word', KAFKA_CA: 'pem' }).kafka).toEqual({
    brokers: ['one:9092'],
    tls: { ca: 'pem', cert: undefined, key: undefined, serverName: undefined },
    sasl: { mechanism: 'SCRAM-SHA-256', username: 'shop', password: 'word' },
  })
  expect(() => environmentOf({ environments }, 'scaled', { KAFKA_CA: 'pem' })).toThrow(/KAFKA_PASSWORD, which is not set/)
})

it.each([
  ['a Flink without Kafka', { flink: FLINK }, /flink.*without `kafka`/],
  ['an unknown setting', { kafka: { ...KAFKA, broker: 'x' } }, /did you mean `brokers`/],
  ['another mechanism', { kafka: { ...KAFKA, sasl: { mechanism: 'GSSAPI', username: '', password: '' } } }, /PLAIN, SCRAM-SHA-256/],
  ['another format', { kafka: { ...KAFKA, format: 'protobuf' } }, /kafka.format` is "protobuf". Give one of json, avro/],
  ['no parallelism', { kafka: KAFKA, flink: { ...FLINK, parallelism: 0 } }, /from 1 to 1024/],
  ['a size that is none', { kafka: KAFKA, flink: { ...FLINK, backfill: { rowsMin: 0 } } }, /backfill.rowsMin` is 0/],
  ['another size', { kafka: KAFKA, flink: { ...FLINK, backfill: { rowMin: 5 } } }, /did you mean `rowsMin`/],
  ['another choice', { kafka: KAFKA, flink: { ...FLINK, backfill: 'sometimes' } }, /`always`, `never`/],
  ['no duration', { kafka: KAFKA, flink: { ...FLINK, checkpointEvery: 'often' } }, /checkpointEvery/],
])('refuses %s', (_, settings, message) => {
  expect(() => checkEnvironments({ scaled: settings as never })).toThrow(message)
})
