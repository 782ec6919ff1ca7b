import { join } from 'node:path'
import { alertFields, compileAsset, sourcePlaces } from '@millrace/core'
import { type Duckdb, openDuckdb } from '@millrace/engine-duckdb'
import type { Lake } from '@millrace/lake'
import { listOutbox, type Store } from '@millrace/store'
import { alertNotice } from '../outbox/alert-notice.ts'
import { Deliverer } from '../outbox/deliverer.ts'
import { OutboxCount } from '../outbox/outbox-count.ts'
import { parquetFormat } from '../outbox/parquet-format.ts'
import { SinkSet } from '../outbox/sink-set.ts'
import { topicPartitions } from '../pipeline/topic-partitions.ts'
import type { Environment } from '../project/environment-rules.ts'
import type { LoadedProject } from '../project/load-project.ts'
import { AlertExplainer } from '../query/alert-explainer.ts'
import { flinkOf } from '../scaled/flink-job.ts'
import type { CarrierFigures } from '../scaled/kafka-message.ts'
import { liveScope } from '../scope/scope.ts'
import { Control } from '../share/control-record.ts'
import { OwnerNotice } from '../share/owner-notice.ts'
import { ShareWatch } from '../share/share-watch.ts'
import { streamsWithViews } from '../share/start-views.ts'
import { AlertBoard } from '../watch/alert-board.ts'
import { LiveBoard } from '../watch/live-board.ts'
import { LiveServer } from '../watch/live-server.ts'
import { MeterBoard } from '../watch/meter-board.ts'
import { OutletBoard } from '../watch/outlet-board.ts'
import { TeeOutput } from '../watch/tee-output.ts'
import { type UnsetSetting, unreachableStreams, unsetSettings } from '../watch/unset-setting.ts'
import { AlertLedger } from './alert-ledger.ts'
import type { DevOutput } from './dev-event.ts'
import { LivePipeline, type LivePipelineOptions } from './live-pipeline.ts'
import { type LiveScope, openLiveScope } from './live-scope.ts'
import { LiveSession } from './live-session.ts'

export interface LiveStackOptions {
  readonly store: Store
  readonly lake: Lake
  readonly loaded: LoadedProject
  readonly stateDir: string
  readonly env: string
  readonly environment: Environment
  readonly output: DevOutput
  /** Workers for the views; 0: other processes compute them. */
  readonly workers: number
  readonly reset?: boolean
  readonly from?: string
  readonly host: string
  readonly port: number
  readonly server: boolean
}

/** How often the outbox is counted for /metrics. */
const OUTBOX_COUNT_MS = 2_000
/** Latest messages whose delivery the page shows. */
const OUTBOX_LISTED_MAX = 500
const SINK_MEMORY_MAX = 256 * 1024 ** 2
/** How often it is looked at how sinks and receivers fare. */
const OUTLET_LOOK_MS = 1_000

interface Parts {
  readonly live: LiveScope
  readonly control: Control
  readonly shares: ShareWatch
  readonly ledger: AlertLedger
  readonly deliverer: Deliverer
  readonly sinks: SinkSet
  readonly duckdb: LazyDuckdb
  readonly board: LiveBoard
  readonly session: LiveSession
  readonly pipeline: LivePipeline
  readonly server: LiveServer | undefined
  readonly timers: readonly NodeJS.Timeout[]
}

/** All of a live session: the pipeline's threads, what is shown of them, the server, and the outbox's deliverer. */
export class LiveStack {
  readonly #parts: Parts
  readonly #showing: Promise<void>

  private constructor(parts: Parts) {
    this.#parts = parts
    this.#showing = parts.session.run()
    this.#showing.catch(() => {})
  }

  static async open(options: LiveStackOptions): Promise<LiveStack> {
    const { store, lake, loaded, stateDir, env } = options
    const { project } = loaded
    const scope = liveScope(stateDir, env)
    const live = await openScope(options)
    const control = await Control.begin(live.log)
    const notice = alertNotice(project.alerts)
    const deliverer = new Deliverer({ store, env, destinations: notice.destinations })
    const alerts = new AlertBoard({ store, scope, loaded })
    await alerts.open()
    const outbox = new OutboxCount(store, env)
    const count = async (): Promise<void> => {
      await outbox.count()
      if (notice.destinations.length > 0 && alerts.noteDeliveries(await listOutbox(store.db, { env, limit: OUTBOX_LISTED_MAX })))
        board.noteDeliveries()
    }
    const duckdb = new LazyDuckdb(stateDir)
    const sinks = await sinkSet(options, live, duckdb)
    let carriers: readonly CarrierFigures[] = []
    let jobs = (): readonly CarrierFigures[] => []
    const outlets = new OutletBoard({
      sinks: () => sinks.status,
      destinations: () => deliverer.status,
      carriers: () => carriers,
      jobs: () => jobs(),
      outbox: () => outbox.destinations,
    })
    const meters = new MeterBoard({ raised: () => alerts.raised, outbox: () => outbox.totals(deliverer.status) })
    const board = new LiveBoard({
      project,
      env,
      alerts,
      scoring: (model) => meters.facts(model),
      positions: (stream) => positionsOf(live, stream),
      outlets: () => outlets.states,
    })
    const output = new TeeOutput([board, options.output])
    const ledger = new AlertLedger({ store, lake, log: live.log, scope, stateDir, notice, onEnqueued: () => deliverer.wake() })
    const explainer = new AlertExplainer({ store, stateDir, project: project.name })
    const session = new LiveSession({ live, loaded, ledger, output, explainer })
    const unset = { alerts: notice.unset, sinks: sinks.unset, sources: unsetSettings(project.streams) }
    await showStart(output, options, { unset, change: live.change })
    const onStream: LivePipelineOptions['onStream'] = (stream, message) => {
      if (message.kind === 'moved') meters.moved(message)
      session.onStream(stream, message)
    }
    const onKafka: LivePipelineOptions['onKafka'] = (message) => {
      if (message.kind === 'carriers') carriers = message.carriers
    }
    const pipeline = startPipeline({ options, live, control, session, meters, onStream, onKafka })
    jobs = () => pipeline.jobs
    const owners = new OwnerNotice(output)
    const shares = new ShareWatch({
      log: live.log,
      streams: pipeline.isOnFlink ? [] : streamsWithViews(loaded),
      onStream,
      onShares: (found) => owners.take(found),
    })
    const server = options.server ? await startServer(options, { live, pipeline, board, alerts, meters, session, output }) : undefined
    deliverer.start()
    sinks.start()
    const lookAtOutlets = (): void => {
      for (const outlet of outlets.changed()) void output.show({ kind: 'outlet', outlet })
    }
    const timers = [
      setInterval(() => void count().catch(() => {}), OUTBOX_COUNT_MS).unref(),
      setInterval(lookAtOutlets, OUTLET_LOOK_MS).unref(),
    ]
    return new LiveStack({ live, control, shares, ledger, deliverer, sinks, duckdb, board, session, pipeline, server, timers })
  }

  /** Fails when a thread or the showing fails; fulfilled when every follower has come to the end of what it should read. */
  get ended(): Promise<void> {
    return Promise.race([this.#parts.pipeline.ended, this.#showing])
  }

  /** Brings what was read to its end, as far as time allows; says whether it did. */
  async drain(): Promise<boolean> {
    const { session, pipeline, server, board } = this.#parts
    board.drain()
    server?.drain()
    session.stop()
    const drained = await pipeline.drain(async () => {
      await this.#showing
      await session.finish()
    })
    session.showStatus()
    return drained
  }

  async close(): Promise<void> {
    const { session, pipeline, server, deliverer, sinks, duckdb, ledger, live, control, shares, timers } = this.#parts
    for (const timer of timers) clearInterval(timer)
    shares.stop()
    session.stop()
    await pipeline.leave()
    await this.#showing.catch(() => {})
    await deliverer.stop()
    await sinks.stop()
    await duckdb.close()
    await server?.close()
    await ledger.close()
    await control.end()
    await live.log.close()
  }
}

async function openScope({ store, lake, loaded, stateDir, env, environment, reset = false }: LiveStackOptions): Promise<LiveScope> {
  if (reset && (environment.kafka ?? environment.flink) !== undefined)
    await (await import('../scaled/forget-topics.ts')).forgetTopics(loaded, env, environment)
  return openLiveScope({ scope: liveScope(stateDir, env), loaded, store, lake, reset, flink: flinkOf(loaded, env, environment) })
}

interface PipelineParts {
  readonly options: LiveStackOptions
  readonly live: LiveScope
  readonly control: Control
  readonly onStream: LivePipelineOptions['onStream']
  readonly onKafka: LivePipelineOptions['onKafka']
  readonly session: LiveSession
  readonly meters: MeterBoard
}

function startPipeline({ options, live, control, onStream, onKafka, session, meters }: PipelineParts): LivePipeline {
  const { loaded, stateDir, store, workers, from, environment } = options
  return new LivePipeline({
    live,
    control,
    loaded,
    environment,
    stateDir,
    databaseUrl: store.url,
    workers,
    from,
    onFollow: (stream, message) => session.onFollow(stream, message),
    onStream,
    onLake: (message) => session.onLake(message),
    onKafka,
    onScore: (message) => {
      if (message.kind === 'scored') meters.scored(message.figures)
      if (message.kind === 'switched') meters.switched(message.model, message)
      session.onScore(message)
    },
  })
}

interface Unset {
  readonly alerts: readonly string[]
  readonly sinks: readonly string[]
  readonly sources: readonly UnsetSetting[]
}

interface ServedParts extends Pick<Parts, 'live' | 'pipeline' | 'board' | 'session'> {
  readonly alerts: AlertBoard
  readonly meters: MeterBoard
  readonly output: DevOutput
}

async function startServer(
  options: LiveStackOptions,
  { pipeline, session, output, ...parts }: ServedParts,
): Promise<LiveServer | undefined> {
  const server = await LiveServer.start({
    ...options,
    ...parts,
    pushes: pipeline.pushes,
    watermark: (stream) => session.watermarkOf(stream),
    onTrouble: (code, message, todo) => void output.show({ kind: 'problem', code, message, do: todo }),
  })
  if (server !== undefined) await output.show({ kind: 'serving', url: server.url })
  return server
}

async function showStart(
  output: DevOutput,
  { loaded, env, from, server }: LiveStackOptions,
  { unset, change }: { readonly unset: Unset; readonly change: LiveScope['change'] },
): Promise<void> {
  const patterns = loaded.project.streams.map(
    (stream) => [stream.name, from === undefined ? sourcePlaces(stream.from, stream.name) : [from]] as const,
  )
  await output.show({ kind: 'started', project: loaded.project.name, env, pid: process.pid, streams: Object.fromEntries(patterns) })
  if (change !== undefined) await output.show({ kind: 'changed', ...change })
  for (const name of unset.sinks) {
    await output.show({
      kind: 'problem',
      code: 'sink/nowhere-to-go',
      message: `A sink does not run: ${name} is not set.`,
      do: `Set the environment variable ${name}.`,
    })
  }
  for (const name of unreachableStreams(loaded.project.streams, { server })) {
    await output.show({
      kind: 'problem',
      stream: name,
      code: 'ingest/no-server',
      message: `Nobody can push records to stream \`${name}\`: the server is left out.`,
      do: 'Start without `--no-server`.',
    })
  }
  for (const { code, message, name } of unset.sources)
    await output.show({ kind: 'problem', code, message, do: `Set the environment variable ${name}.` })
  for (const name of unset.alerts) {
    await output.show({
      kind: 'problem',
      code: 'alert/nobody-told',
      message: `Nobody is told of alerts through ${name}: it is not set.`,
      do: `Set the environment variable ${name} to an address; alerts are recorded and shown without it.`,
    })
  }
}

/** DuckDB for sinks that write Parquet, opened when the first file is due. */
class LazyDuckdb {
  readonly #stateDir: string
  #opened: Promise<Duckdb> | undefined

  constructor(stateDir: string) {
    this.#stateDir = stateDir
  }

  get(): Promise<Duckdb> {
    this.#opened ??= openDuckdb({ memoryMax: SINK_MEMORY_MAX, threads: 1, tempDir: join(this.#stateDir, 'spill') })
    return this.#opened
  }

  async close(): Promise<void> {
    ;(await this.#opened?.catch(() => undefined))?.close()
  }
}

function sinkSet({ loaded }: LiveStackOptions, live: LiveScope, duckdb: LazyDuckdb): Promise<SinkSet> {
  return SinkSet.open({
    sinks: loaded.project.sinks,
    log: live.log,
    partitionsOf: ({ input }) => topicPartitions(live.log, input.name),
    fieldsOf: ({ input }) => (input.kind === 'alert' ? alertFields(input) : compileAsset(input).output.fields),
    projectDir: loaded.directory,
    parquet: parquetFormat(() => duckdb.get()),
  })
}

function positionsOf({ log }: LiveScope, stream: string): Record<string, number> {
  const partitions = topicPartitions(log, stream)
  return Object.fromEntries(Array.from({ length: partitions }, (_, partition) => [String(partition), log.range(stream, partition).next]))
}
