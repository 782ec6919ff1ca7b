import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import type { RunningProcess } from '../process/running-process.ts'
import { FLINK_JARS } from './jar-set.ts'
import { requireJava } from './java.ts'
import { resolveJars } from './resolve-jars.ts'
import { jsonAt, listens, runningServer, type ServerProcess, startServer, stopServers, untilReady, writeLogging } from './server-process.ts'

export interface FlinkOptions {
  /** Folder of settings, checkpoints, savepoints, logs and process ids. */
  readonly folder: string
  /** Port of the JobManager's REST API; the three after it are the gateway's, the JobManager's RPC and its blob server. */
  readonly port: number
  /** Slots of the one TaskManager. */
  readonly slots?: number
  /** Megabytes of the TaskManager's heap for tasks. */
  readonly taskHeapMb?: number
  /** Settings of config.yaml by their dotted names, added or in place of ours. */
  readonly settings?: Readonly<Record<string, string>>
  /** Told of each process as soon as it begins. */
  readonly onStarted?: (process: RunningProcess) => void
}

/** Where a cluster answers. */
export interface FlinkAddress {
  /** URL of the JobManager's REST API. */
  readonly rest: string
  /** URL of the SQL gateway. */
  readonly gateway: string
}

const SLOTS = 4
const TASK_HEAP_MB = 1_408
const MB = 1024 * 1024
const NAMES = ['gateway', 'taskmanager', 'jobmanager'] as const

/** Starts JobManager, TaskManager and SQL gateway, those that do not run yet, and waits until they serve. */
export async function startFlink(options: FlinkOptions): Promise<FlinkAddress> {
  const { folder, port } = options
  const address = { rest: `http://127.0.0.1:${port}`, gateway: `http://127.0.0.1:${port + 1}` }
  const servers = await readyToStart(options)
  if (servers === undefined) return address
  for (const server of servers) {
    if (runningServer({ name: server.name, folder }) !== undefined) continue
    const started = startServer(server)
    options.onStarted?.(started)
  }
  const [jobManager, taskManager, gateway] = servers
  await untilReady(jobManager, async () => (await jsonAt(`${address.rest}/overview`)) !== undefined)
  await untilReady(taskManager, async () => Number((await jsonAt(`${address.rest}/overview`))?.taskmanagers ?? 0) > 0)
  await untilReady(gateway, async () => (await jsonAt(`${address.gateway}/v1/info`)) !== undefined)
  return address
}

/** Stops the cluster of a folder. Returns the names of what ran. */
export function stopFlink(folder: string): Promise<readonly string[]> {
  return stopServers(NAMES.map((name) => ({ name, folder })))
}

/** Settings are written and ports are free; undefined when everything runs already. */
async function readyToStart(options: FlinkOptions): Promise<readonly [ServerProcess, ServerProcess, ServerProcess] | undefined> {
  const { folder, port } = options
  const running = NAMES.filter((name) => runningServer({ name, folder }) !== undefined)
  if (running.length === NAMES.length) return undefined
  requireJava()
  const jars = resolveJars(FLINK_JARS)
  if (running.length === 0)
    for (const one of [port, port + 1, port + 2, port + 3])
      if (await listens(one))
        throw operatingError('cluster/port-in-use', `Port ${one} is in use, so Flink cannot listen on it.`, {
          asked: one,
          do: 'Stop what listens there, or choose another one with --port (four in a row are taken).',
        })
  const conf = join(folder, 'conf')
  for (const name of ['conf', 'data/checkpoints', 'data/savepoints', 'data/tmp']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(conf, 'config.yaml'), settingsText({ ...clusterSettings(options), ...options.settings }))
  writeLogging(conf)
  return processes(options, jars)
}

/** JobManager, TaskManager and gateway. */
function processes(options: FlinkOptions, jars: string): readonly [ServerProcess, ServerProcess, ServerProcess] {
  const { folder, taskHeapMb = TASK_HEAP_MB, slots = SLOTS } = options
  const conf = join(folder, 'conf')
  const common = [...OPENED, `-Dlog4j.configurationFile=${join(conf, 'log4j2.properties')}`, '-cp', join(jars, '*')]
  const entry = 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint'
  return [
    { name: 'jobmanager', folder, args: ['-Xms256m', '-Xmx640m', '-XX:MaxMetaspaceSize=384m', ...common, entry, '-c', conf] },
    {
      name: 'taskmanager',
      folder,
      args: [
        ...[
          `-Xms${taskHeapMb + 128}m`,
          `-Xmx${taskHeapMb + 128}m`,
          '-XX:MaxDirectMemorySize=512m',
          '-XX:MaxMetaspaceSize=768m',
          '-XX:+UseG1GC',
        ],
        ...common,
        'org.apache.flink.runtime.taskexecutor.TaskManagerRunner',
        ...['-c', conf, ...taskManagerMemory(taskHeapMb, slots)],
      ],
    },
    {
      name: 'gateway',
      folder,
      args: ['-Xms128m', '-Xmx2g', `-DFLINK_CONF_DIR=${conf}`, ...common, 'org.apache.flink.table.gateway.SqlGateway'],
    },
  ]
}

/** A TaskManager that is started without Flink's shell scripts needs each share of its memory by name. */
function taskManagerMemory(taskHeapMb: number, slots: number): readonly string[] {
  const bytes = (mb: number): string => `${mb * MB}b`
  const settings = {
    'taskmanager.cpu.cores': `${slots}.0`,
    'taskmanager.memory.framework.heap.size': bytes(128),
    'taskmanager.memory.task.heap.size': bytes(taskHeapMb),
    'taskmanager.memory.framework.off-heap.size': bytes(128),
    'taskmanager.memory.task.off-heap.size': bytes(0),
    'taskmanager.memory.network.min': bytes(128),
    'taskmanager.memory.network.max': bytes(128),
    'taskmanager.memory.managed.size': bytes(512),
    'taskmanager.memory.jvm-metaspace.size': bytes(768),
    'taskmanager.memory.jvm-overhead.min': bytes(192),
    'taskmanager.memory.jvm-overhead.max': bytes(192),
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-D', `${name}=${value}`])
}

/** What the cluster is set up with in config.yaml. */
export function clusterSettings({ folder, port, slots = SLOTS, taskHeapMb = TASK_HEAP_MB }: FlinkOptions): Record<string, string> {
  const data = join(folder, 'data')
  return {
    'jobmanager.bind-host': '127.0.0.1',
    'jobmanager.rpc.address': '127.0.0.1',
    'jobmanager.rpc.port': String(port + 2),
    'jobmanager.memory.process.size': '1280m',
    // Of each job that it still knows the JobManager keeps all figures, 15 MB of one of forty plans.
    'jobstore.max-capacity': '10',
    'blob.server.port': String(port + 3),
    'taskmanager.bind-host': '127.0.0.1',
    'taskmanager.host': '127.0.0.1',
    'taskmanager.numberOfTaskSlots': String(slots),
    'taskmanager.memory.process.size': `${taskHeapMb + 1_856}m`,
    'parallelism.default': '2',
    // Jobs in batch mode have a shuffle for each operator, and would take 512 buffers for each.
    'taskmanager.network.sort-shuffle.min-buffers': '16',
    'rest.address': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'rest.port': String(port),
    'sql-gateway.endpoint.rest.address': '127.0.0.1',
    'sql-gateway.endpoint.rest.bind-address': '127.0.0.1',
    'sql-gateway.endpoint.rest.port': String(port + 1),
    'execution.checkpointing.dir': `file://${data}/checkpoints`,
    'execution.checkpointing.savepoint-dir': `file://${data}/savepoints`,
    'state.backend.type': 'hashmap',
    'classloader.check-leaked-classloader': 'false',
    'io.tmp.dirs': join(data, 'tmp'),
    // A busy machine may take longer than the usual ten seconds to begin the many tasks of a job.
    'pekko.ask.timeout': '60s',
    // Without these a TaskManager that comes before the JobManager waits for ten seconds.
    'cluster.registration.error-delay': '250ms',
    'cluster.registration.initial-timeout': '250ms',
  }
}

/** Flink 2 reads nested YAML, and takes dotted names as well. */
function settingsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
    .join('')
}

/** Parts of the JDK that Flink reaches into. */
const OPENED = [
  ...['java.base/sun.net.util', 'java.rmi/sun.rmi.registry', 'java.security.jgss/sun.security.krb5'].map(
    (name) => `--add-exports=${name}=ALL-UNNAMED`,
  ),
  ...['api', 'file', 'parser', 'tree', 'util'].map((name) => `--add-exports=jdk.compiler/com.sun.tools.javac.${name}=ALL-UNNAMED`),
  ...[
    'lang',
    'net',
    'io',
    'nio',
    'lang.reflect',
    'text',
    'time',
    'util',
    'util.concurrent',
    'util.concurrent.atomic',
    'util.concurrent.locks',
  ].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
]
