import { existsSync, mkdirSync, statSync } from 'node:fs'
import { type InputTotals, isReadOnce } from '@millrace/connect'
import { type StreamAsset, streamOf, userError } from '@millrace/core'
import type { Lake } from '@millrace/lake'
import type { EmbeddedLog } from '@millrace/log-lmdb'
import { type Store, saveInput } from '@millrace/store'
import { CLOSING_FROM_KEY, type IngestMessage, type IngestWorkerData, readIngestState } from '../pipeline/ingest-worker.ts'
import type { LakeMessage, LakeRequest, LakeWorkerData } from '../pipeline/lake-worker.ts'
import {
  adoptPlans,
  fileStream,
  forgetScope,
  openScopeLog,
  type PartitionedTable,
  partitionedTables,
  planHashes,
  streamConsumer,
} from '../pipeline/scope-log.ts'
import { scoreConsumer } from '../pipeline/score-run.ts'
import { type ScoreLink, startScorer } from '../pipeline/start-scorer.ts'
import type { StreamMessage, StreamRequest } from '../pipeline/stream-message.ts'
import type { StreamWorkerData } from '../pipeline/stream-worker.ts'
import { closingTopic, tableSpecs } from '../pipeline/table-spec.ts'
import { topicEnds } from '../pipeline/topic-partitions.ts'
import { functionsFrom, viewJob } from '../pipeline/view-job.ts'
import { WorkerLink } from '../pipeline/worker-link.ts'
import type { LoadedProject } from '../project/load-project.ts'
import { absolute, findInput, knownPrefix } from '../scope/find-input.ts'
import { inputScope, newInputId, type Scope } from '../scope/scope.ts'
import { type AssetCounters, addCounters, NO_COUNTERS } from './asset-counters.ts'

export interface BoundedRunOptions {
  readonly stateDir: string
  readonly env: string
  readonly loaded: LoadedProject
  readonly stream: StreamAsset
  readonly path: string
  readonly replace: boolean
  readonly workers: number
  readonly store: Store
  readonly lake: Lake
  readonly onProgress: (progress: RunProgress) => void
  readonly onNote: (text: string) => void
  /** Fails when the user wants the run to stop: the workers then end what they are doing and leave. */
  readonly interrupted: Promise<never>
}

export interface RunProgress {
  readonly phase: 'reading' | 'computing' | 'writing'
  readonly read: number
  readonly total: number | undefined
  readonly lines: number
}

/** What a run leaves behind under `CLOSED_KEY` once everything is committed. */
export interface ClosedRun {
  readonly totals: InputTotals
  readonly counters: Readonly<Record<string, AssetCounters>>
}

export interface BoundedRunResult extends ClosedRun {
  readonly scope: Scope
  readonly newLines: number
  /** Whether the scope held something before. */
  readonly resumed: boolean
}

const CLOSED_KEY = 'closed'
const WORKER_HEAP_MIB = 768
/** How often the registry learns how far an input is read, so that a renamed file is known again after a crash. */
const REGISTER_MS = 1_000

/** Ingests what is new of a bounded input and brings every table up to its end. */
export async function boundedRun(options: BoundedRunOptions): Promise<BoundedRunResult> {
  const { scope, names } = await chooseScope(options)
  const tables = partitionedTables(tableSpecs(options.loaded.project), options.loaded.partitions)
  const log = await openChecked(scope, options, tables)
  try {
    const before = readClosed(log)
    const linesBefore = readIngestState(log)?.totals.lines ?? 0
    if (before !== undefined && (await isWhole(options.path, before.totals))) {
      await registerInput(options, scope, names, before.totals)
      return { ...before, scope, newLines: 0, resumed: true }
    }
    await registerInput(options, scope, names, readIngestState(log)?.totals)
    await log.transact((transaction) => transaction.remove(CLOSED_KEY))
    const closed = await processInput(log, scope, { ...options, tables, names })
    return {
      ...closed,
      scope,
      newLines: closed.totals.lines - Math.max(linesBefore, before?.totals.lines ?? 0),
      resumed: before !== undefined || linesBefore > 0,
    }
  } finally {
    await log.close()
  }
}

async function chooseScope(options: BoundedRunOptions): Promise<{ scope: Scope; names: readonly string[] }> {
  const { stateDir, env, path } = options
  const fresh = (): Scope => inputScope(stateDir, env, newInputId())
  if (isReadOnce(path)) return { scope: fresh(), names: [path] }
  const found = await findInput({ store: options.store, env, project: options.loaded.project.name, path })
  if (found.kind === 'new') return { scope: fresh(), names: [absolute(path)] }
  const scope = inputScope(stateDir, env, found.input.id)
  if (options.replace) {
    await forgetScope(scope, options)
    return { scope: fresh(), names: [absolute(path)] }
  }
  if (found.kind === 'changed') {
    throw userError(
      'input/changed',
      `\`${path}\` was run before with other content: the ${knownPrefix(found.input).bytes} bytes read then are not its first bytes any more.`,
      {
        asked: path,
        found: `sha256 of the bytes known: ${knownPrefix(found.input).sha256}`,
        do: 'Use `--replace` to start over with the file as it is now.',
      },
    )
  }
  return { scope, names: [...new Set([...found.input.names, absolute(path)])] }
}

/** Opens the scope's log; where definitions have changed since, the scope starts over, for its results are of other definitions. */
async function openChecked(scope: Scope, options: BoundedRunOptions, tables: readonly PartitionedTable[]): Promise<EmbeddedLog> {
  const { project } = options.loaded
  mkdirSync(scope.logDir, { recursive: true })
  const log = await openScopeLog(scope, project, tables)
  const { same, changed } = await adoptPlans(log, planHashes(project))
  if (same) return log
  options.onNote(`The definition of ${changed.join(', ')} has changed: everything is computed anew.`)
  await log.close()
  await forgetScope(scope, options)
  mkdirSync(scope.logDir, { recursive: true })
  const fresh = await openScopeLog(scope, project, tables)
  await adoptPlans(fresh, planHashes(project))
  return fresh
}

function readClosed(log: EmbeddedLog): ClosedRun | undefined {
  const bytes = log.get(CLOSED_KEY)
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as ClosedRun)
}

/** Whether the file is to its last byte what was run. */
async function isWhole(path: string, totals: InputTotals): Promise<boolean> {
  if (isReadOnce(path) || !existsSync(path)) return false
  const { digestPrefixes } = await import('@millrace/connect')
  const digests = await digestPrefixes(path, [totals.bytes, totals.bytes + 1])
  return digests.length === 1 && digests[0].sha256 === totals.sha256
}

async function registerInput(
  options: BoundedRunOptions,
  scope: Scope,
  names: readonly string[],
  totals: InputTotals | undefined,
  whole?: InputTotals,
): Promise<void> {
  await saveInput(options.store.db, {
    id: scope.id,
    env: options.env,
    project: options.loaded.project.name,
    names,
    consumedBytes: totals?.bytes ?? 0,
    prefixSha256: totals?.sha256 ?? '',
    totalBytes: whole?.bytes ?? null,
    totalSha256: whole?.sha256 ?? null,
  })
}

interface Processing extends BoundedRunOptions {
  readonly tables: readonly PartitionedTable[]
  readonly names: readonly string[]
}

type IngestLink = WorkerLink<never, IngestMessage>
type StreamLink = WorkerLink<StreamRequest, StreamMessage>
type LakeLink = WorkerLink<LakeRequest, LakeMessage>

interface Links {
  readonly ingest: IngestLink
  readonly streams: readonly StreamLink[]
  /** One where there are models, else none. */
  readonly scorers: readonly ScoreLink[]
  readonly lake: LakeLink
}

async function processInput(log: EmbeddedLog, scope: Scope, run: Processing): Promise<ClosedRun> {
  const links = startWorkers(scope, run)
  const all = [links.ingest, ...links.streams, ...links.scorers, links.lake]
  try {
    return await Promise.race([
      work(log, links, scope, run),
      run.interrupted,
      ...all.map((link) => link.ended.then(() => new Promise<never>(() => {}))),
    ])
  } finally {
    await Promise.all(all.map((link) => link.leave()))
  }
}

async function work(log: EmbeddedLog, links: Links, scope: Scope, run: Processing): Promise<ClosedRun> {
  const ingested = await links.ingest.next('ingested')
  await registerInput(run, scope, run.names, ingested.committed)
  run.onProgress({ phase: 'computing', read: ingested.totals.bytes, total: ingested.totals.bytes, lines: ingested.totals.lines })
  await ask(links.streams, { kind: 'finish', ends: topicEnds(log, [run.stream.name]) }, 'caught-up')
  const from = JSON.parse(Buffer.from(log.get(CLOSING_FROM_KEY) as Uint8Array).toString('utf8')) as Record<string, number[]>
  await ask(links.scorers, { kind: 'finish' }, 'finished')
  const closings = await ask(links.streams, { kind: 'close', from }, 'closed')
  await ask(links.scorers, { kind: 'close', from }, 'closed')
  run.onProgress({ phase: 'writing', read: ingested.totals.bytes, total: ingested.totals.bytes, lines: ingested.totals.lines })
  await ask([links.lake], { kind: 'finish' }, 'finished')
  await ask([links.lake], { kind: 'close', from }, 'closed')
  const counters = sumCounters(closings.map((message) => message.counters))
  const closed: ClosedRun = { totals: ingested.totals, counters }
  await log.transact((transaction) => transaction.put(CLOSED_KEY, Buffer.from(JSON.stringify(closed))))
  for (const { spec, partitions } of run.tables) {
    for (let partition = 0; partition < partitions; partition++)
      await log.trim(closingTopic(spec.name), partition, log.range(closingTopic(spec.name), partition).next)
  }
  await registerInput(run, scope, run.names, ingested.committed, ingested.totals)
  return closed
}

async function ask<Out, In extends { readonly kind: string }, K extends In['kind']>(
  links: readonly WorkerLink<Out, In>[],
  request: Out,
  answer: K,
): Promise<Extract<In, { kind: K }>[]> {
  return Promise.all(
    links.map((link) => {
      const answered = link.next(answer)
      link.send(request)
      return answered
    }),
  )
}

function sumCounters(all: readonly Readonly<Record<string, AssetCounters>>[]): Record<string, AssetCounters> {
  const sums: Record<string, AssetCounters> = {}
  for (const counters of all) for (const [name, one] of Object.entries(counters)) sums[name] = addCounters(sums[name] ?? NO_COUNTERS, one)
  return sums
}

function startWorkers(scope: Scope, run: Processing): Links {
  const register = eachSoOften(REGISTER_MS, (totals: InputTotals) => registerInput(run, scope, run.names, totals))
  const stream = fileStream(run.stream, run.loaded.partitions, run.path)
  const { project } = run.loaded
  const job = viewJob(run.loaded, run.stream)
  const models = project.models.filter((model) => streamOf(model) === run.stream)
  const tables = run.tables.filter(({ spec }) => streamOf(project.asset(spec.asset)) === run.stream)
  const partitionsOf = (table: string): number => tables.find(({ spec }) => spec.name === table)?.partitions ?? 0
  const backlogs = [
    ...tables.map(({ spec, partitions }) => ({ topic: spec.name, partitions, consumer: `lake:${spec.name}` })),
    ...job.assets.map((view) => ({ topic: run.stream.name, partitions: stream.partitions, consumer: streamConsumer(view.name) })),
    ...models.map(({ name, input }) => ({ topic: input.name, partitions: partitionsOf(input.name), consumer: scoreConsumer(name) })),
  ]
  const ingestData: IngestWorkerData = {
    logDir: scope.logDir,
    stream,
    path: run.path,
    limits: run.stream.from.kind === 'files' ? run.stream.from.limits : undefined,
    backlogs,
    closings: tables.map(({ spec, partitions }) => ({ topic: spec.name, partitions })),
  }
  const total = run.path === '-' || !existsSync(run.path) ? undefined : statSync(run.path).size
  const ingest: IngestLink = new WorkerLink({
    url: new URL('../pipeline/ingest-worker.ts', import.meta.url),
    name: 'ingest',
    data: ingestData,
    heapMax: WORKER_HEAP_MIB,
    onMessage: (message) => {
      if (message.kind !== 'progress') return
      run.onProgress({ phase: 'reading', read: message.read, total: message.total ?? total, lines: message.totals.lines })
      register(message.totals)
    },
  })
  const topicPartitions = partitionsOf(run.stream.name)
  const workers = job.assets.length === 0 ? 0 : Math.min(run.workers, stream.partitions)
  const streams = Array.from({ length: workers }, (_, worker): StreamLink => {
    const partitions = Array.from({ length: topicPartitions }, (_unused, partition) => partition).filter(
      (partition) => partition % workers === worker,
    )
    const data: StreamWorkerData = { logDir: scope.logDir, job, partitions, ...functionsFrom(job, run.loaded.directory) }
    return new WorkerLink({
      url: new URL('../pipeline/stream-worker.ts', import.meta.url),
      name: `stream ${worker}`,
      data,
      heapMax: WORKER_HEAP_MIB * 2,
      onMessage: () => {},
    })
  })
  const lakeData: LakeWorkerData = { stateDir: run.stateDir, databaseUrl: run.store.url, scope, tables }
  const lake: LakeLink = new WorkerLink({
    url: new URL('../pipeline/lake-worker.ts', import.meta.url),
    name: 'lake',
    data: lakeData,
    heapMax: WORKER_HEAP_MIB,
    onMessage: () => {},
  })
  const scorer = startScorer({
    scope,
    stateDir: run.stateDir,
    databaseUrl: run.store.url,
    project: project.name,
    models,
    pace: 'bulk',
    heapMax: WORKER_HEAP_MIB,
    onMessage: (message) => {
      if (message.kind === 'trouble') run.onNote(`Model ${message.model}: ${message.message}`)
    },
  })
  return { ingest, streams, scorers: scorer === undefined ? [] : [scorer], lake }
}

/** Does the work at most once per period, and never twice at a time; a failure of it is no failure of the run. */
function eachSoOften<T>(periodMs: number, work: (value: T) => Promise<unknown>): (value: T) => void {
  let next = 0
  return (value) => {
    if (performance.now() < next) return
    next = Number.POSITIVE_INFINITY
    const again = (): void => {
      next = performance.now() + periodMs
    }
    work(value).then(again, again)
  }
}
