import {
  type BackfillOnFlink,
  closest,
  durationMs,
  type EnvironmentSettings,
  type FlinkCluster,
  type Setting,
  type StampedFormat,
  type StampedKafka,
  userError,
} from '@millrace/core'
import type { KafkaConnection } from '@millrace/log-kafka'
import { brokerAddresses, kafkaConnection } from './kafka-connection.ts'
import type { LoadedProject } from './load-project.ts'

/** A Flink cluster with every setting resolved: plain data. */
export interface FlinkPlace {
  readonly gateway: string
  readonly jobManager: string
  /** Brokers as the cluster's tasks reach them. */
  readonly brokers: readonly string[]
  readonly parallelism: number
  readonly checkpointEveryMs: number
  readonly savepoints: string | undefined
  readonly restartsMax: number
  readonly backfill: BackfillOnFlink
  /** URL of the lake's database as the cluster reaches it; undefined where that is as we do. */
  readonly database: string | undefined
}

/** What an environment has beyond this machine, with every setting resolved. */
export interface Environment {
  readonly kafka: KafkaConnection | undefined
  /** How records of its stamped topics are written. */
  readonly format: StampedFormat
  readonly flink: FlinkPlace | undefined
}

const NAMES = {
  environment: ['kafka', 'flink'],
  kafka: ['brokers', 'tls', 'sasl', 'format'],
  'kafka.tls': ['ca', 'cert', 'key', 'serverName'],
  'kafka.sasl': ['mechanism', 'username', 'password'],
  flink: ['gateway', 'jobManager', 'brokers', 'parallelism', 'checkpointEvery', 'savepoints', 'restartsMax', 'backfill', 'database'],
  'flink.backfill': ['rowsMin', 'bytesMin'],
} as const
const FORMATS: readonly string[] = ['json', 'avro'] satisfies StampedFormat[]
const MECHANISMS: readonly string[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']
const PARALLELISM = { usual: 2, max: 1_024 }
const RESTARTS = { usual: 5, max: 1_000 }
const CHECKPOINT_EVERY = '10s'
const BACKFILL_MIN_MAX = Number.MAX_SAFE_INTEGER

/**
 * Refuses settings of environments that cannot be.
 *
 * @throws user `project/bad-setting`, `project/unknown-setting`, `project/bad-duration`
 */
export function checkEnvironments(environments: Readonly<Record<string, EnvironmentSettings>> = {}): void {
  for (const [name, settings] of Object.entries(environments)) {
    const at = `environments.${name}`
    checkNames(at, settings, NAMES.environment)
    if (settings.kafka !== undefined) checkKafka(`${at}.kafka`, settings.kafka)
    if (settings.flink === undefined) continue
    if (settings.kafka === undefined)
      throw bad(`${at}.flink`, 'an environment without `kafka`', 'Flink reads streams from Kafka: give `kafka` too.')
    checkNames(`${at}.flink`, settings.flink, NAMES.flink)
    flinkRules(at, settings.flink)
  }
}

/**
 * What the environment `name` of a project has beyond this machine; of one that is not declared, nothing.
 *
 * @param variables what settings by `env(…)` are read from
 * @throws user `environment/not-set`
 */
export function environmentOf(
  { environments = {} }: Pick<LoadedProject, 'environments'>,
  name: string,
  variables: NodeJS.ProcessEnv = process.env,
): Environment {
  const { kafka, flink } = environments[name] ?? {}
  const text = (setting: Setting): string => settingText(setting, variables, name)
  const connection = kafka === undefined ? undefined : kafkaConnection(kafka, text)
  const format = kafka?.format ?? 'json'
  if (flink === undefined || connection === undefined) return { kafka: connection, format, flink: undefined }
  return {
    kafka: connection,
    format,
    flink: {
      gateway: text(flink.gateway),
      jobManager: text(flink.jobManager),
      brokers: flink.brokers === undefined ? connection.brokers : brokerAddresses(flink.brokers, text),
      savepoints: flink.savepoints,
      database: flink.database === undefined ? undefined : text(flink.database),
      ...flinkRules(`environments.${name}`, flink),
    },
  }
}

function flinkRules(at: string, { parallelism, checkpointEvery = CHECKPOINT_EVERY, restartsMax, backfill = 'never' }: FlinkCluster) {
  return {
    parallelism: whole(`${at}.flink.parallelism`, parallelism, PARALLELISM),
    checkpointEveryMs: durationMs(checkpointEvery, '`flink.checkpointEvery`'),
    restartsMax: whole(`${at}.flink.restartsMax`, restartsMax, RESTARTS),
    backfill: backfillRule(`${at}.flink.backfill`, backfill),
  }
}

function backfillRule(at: string, asked: BackfillOnFlink): BackfillOnFlink {
  if (asked === 'always' || asked === 'never') return asked
  const advice = 'Give `always`, `never`, or `{ rowsMin, bytesMin }` with one of them or both.'
  if (typeof asked !== 'object' || asked === null || Object.keys(asked).length === 0) throw bad(at, asked, advice)
  checkNames(at, asked, NAMES['flink.backfill'])
  for (const [name, value] of Object.entries(asked)) whole(`${at}.${name}`, value, { usual: BACKFILL_MIN_MAX, max: BACKFILL_MIN_MAX })
  return asked
}

function checkKafka(at: string, kafka: StampedKafka): void {
  checkNames(at, kafka, NAMES.kafka)
  if (kafka.brokers === undefined) throw bad(`${at}.brokers`, 'nothing', 'Name brokers as `host:port`.')
  if (typeof kafka.tls === 'object') checkNames(`${at}.tls`, kafka.tls, NAMES['kafka.tls'])
  if (kafka.format !== undefined && !FORMATS.includes(kafka.format))
    throw bad(`${at}.format`, kafka.format, `Give one of ${FORMATS.join(', ')}.`)
  if (kafka.sasl === undefined) return
  checkNames(`${at}.sasl`, kafka.sasl, NAMES['kafka.sasl'])
  if (!MECHANISMS.includes(kafka.sasl.mechanism))
    throw bad(`${at}.sasl.mechanism`, kafka.sasl.mechanism, `Give one of ${MECHANISMS.join(', ')}.`)
}

function checkNames(at: string, settings: object, known: readonly string[]): void {
  for (const name of Object.keys(settings)) {
    if (known.includes(name)) continue
    const near = closest(name, known)
    throw userError(
      'project/unknown-setting',
      `Setting \`${at}.${name}\` is not known${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
      { asked: name, found: known, do: 'Use one of the settings found.' },
    )
  }
}

function whole(name: string, asked: number | undefined, { usual, max }: { readonly usual: number; readonly max: number }): number {
  if (asked === undefined) return usual
  if (Number.isInteger(asked) && asked >= 1 && asked <= max) return asked
  throw bad(name, asked, `Give a whole number from 1 to ${max}.`)
}

function settingText(setting: Setting, variables: NodeJS.ProcessEnv, environment: string): string {
  if (typeof setting === 'string') return setting
  const value = variables[setting.env]
  if (value !== undefined && value !== '') return value
  throw userError('environment/not-set', `Environment \`${environment}\` needs the variable ${setting.env}, which is not set.`, {
    asked: setting.env,
    found: 'nothing',
    do: `Set ${setting.env}.`,
  })
}

function bad(name: string, found: unknown, advice: string): Error {
  return userError('project/bad-setting', `\`${name}\` is ${JSON.stringify(found)}. ${advice}`, { asked: name, found, do: advice })
}
