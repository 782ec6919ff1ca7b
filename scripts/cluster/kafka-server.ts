import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import type { RunningProcess } from '../process/running-process.ts'
import { KAFKA_JARS } from './jar-set.ts'
import { requireJava } from './java.ts'
import { resolveJars } from './resolve-jars.ts'
import {
  listens,
  logFile,
  runningServer,
  type ServerProcess,
  startServer,
  stopServers,
  untilReady,
  writeLogging,
} from './server-process.ts'

export interface KafkaOptions {
  /** Folder of settings, data, log and process id. */
  readonly folder: string
  /** Port of the broker; the controller takes the next one. */
  readonly port: number
  /** Settings of server.properties that are added or stand in for ours. */
  readonly settings?: Readonly<Record<string, string>>
  /** Megabytes of the Java heap. */
  readonly heapMb?: number
  /** Users to be made before the first start, for SCRAM: `SCRAM-SHA-256=[name=…,password=…]`. */
  readonly scram?: readonly string[]
  /** System properties of the Java process. */
  readonly properties?: Readonly<Record<string, string>>
  /** Told of the process as soon as it begins. */
  readonly onStarted?: (process: RunningProcess) => void
}

const NAME = 'kafka'
const HEAP_MB = 512
const CLUSTER_ID = 'bWlsbHJhY2UtbG9jYWwtMQ'

/** The Java process of a broker; also what tools of Kafka need is on its class path. */
function broker({ folder, heapMb = HEAP_MB, properties = {} }: KafkaOptions, jars: string): ServerProcess {
  const system = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`)
  const heap = [`-Xms${Math.min(256, heapMb)}m`, `-Xmx${heapMb}m`]
  const classPath = ['-cp', `${folder}:${join(jars, '*')}`]
  return { name: NAME, folder, args: [...heap, ...system, ...classPath, 'kafka.Kafka', join(folder, 'server.properties')] }
}

/** Starts a single-node Kafka (KRaft) and waits until it serves; one that runs already is left alone. Returns its address. */
export async function startKafka(options: KafkaOptions): Promise<string> {
  const { folder, port } = options
  const address = `127.0.0.1:${port}`
  if (runningServer({ name: NAME, folder }) !== undefined) return address
  requireJava()
  const jars = resolveJars(KAFKA_JARS)
  if (await listens(port))
    throw operatingError('cluster/port-in-use', `Port ${port} is in use, so Kafka cannot listen on it.`, {
      asked: port,
      do: 'Stop what listens there, or choose another one with --port.',
    })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'server.properties'), propertiesText({ ...serverSettings(options), ...options.settings }))
  writeLogging(folder)
  const server = broker(options, jars)
  if (!existsSync(join(folder, 'data', 'meta.properties'))) formatStorage(folder, jars, options.scram ?? [])
  const started = startServer(server)
  options.onStarted?.(started)
  await untilReady(server, async () => readFileSync(logFile(server), 'utf8').includes('Kafka Server started') && (await listens(port)))
  return address
}

/** Stops the broker of a folder. Returns whether one ran. */
export async function stopKafka(folder: string): Promise<boolean> {
  return (await stopServers([{ name: NAME, folder }])).length > 0
}

function formatStorage(folder: string, jars: string, scram: readonly string[]): void {
  const users = scram.flatMap((user) => ['--add-scram', user])
  const args = [
    '-cp',
    `${folder}:${join(jars, '*')}`,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    CLUSTER_ID,
    '-c',
    'server.properties',
    ...users,
  ]
  const { status, stdout, stderr } = spawnSync('java', args, { cwd: folder, encoding: 'utf8' })
  if (status === 0) return
  throw operatingError('cluster/not-formatted', `Kafka could not format its storage in ${folder}: ${stdout}${stderr}`, { asked: folder })
}

/** One node for everything, durable enough for tests of transactions: topics are made on purpose, and a sink of Flink may hold a transaction for an hour. */
export function serverSettings({ folder, port }: Pick<KafkaOptions, 'folder' | 'port'>): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${port + 1}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'num.network.threads': '2',
    'num.io.threads': '4',
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    'transaction.max.timeout.ms': '3600000',
  }
}

function propertiesText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
