import { parentPort, workerData } from 'node:worker_threads'
import { MillraceError } from '@millrace/core'
import type { Pace, PhysicalPlan } from '@millrace/engine-stream'
import { openLog } from '@millrace/log-lmdb'
import { type DeploymentSource, ScorerSwitch, ScoreStage, scorerThreads } from '@millrace/ml/serving'
import { openStore } from '@millrace/store'
import { fallbackRule } from './fallback-rule.ts'
import { LeaveFlag } from './leave-flag.ts'
import { runThread } from './message.ts'
import type { ScoreMessage, ScoreRequest } from './score-message.ts'
import { ScoreRun } from './score-run.ts'
import { storeDeployments } from './store-deployments.ts'
import { WakeableSleep } from './wakeable-sleep.ts'

export interface ScoreWorkerData {
  readonly logDir: string
  readonly stateDir: string
  readonly databaseUrl: string
  readonly project: string
  readonly env: string
  readonly models: readonly ScoredModelData[]
  /** `live` looks for rows more often, and keeps the latest row of each key for requests. */
  readonly pace: Pace
}

export interface ScoredModelData {
  readonly model: string
  /** Topic of the view whose rows are scored. */
  readonly view: string
  /** Columns of the view's key. */
  readonly entity: readonly string[]
  /** As `fallbackPlan` gives it. */
  readonly fallback: PhysicalPlan
}

/** Sleep at the end of the log. */
const IDLE_MS: Readonly<Record<Pace, number>> = { bulk: 20, live: 5 }
/** Least time between two messages with a model's figures. */
const FIGURES_MS = 250
const TROUBLE_MS = 1_000

const data = workerData as ScoreWorkerData & { readonly leave: SharedArrayBuffer }
const flag = new LeaveFlag(data.leave)
const port = parentPort as NonNullable<typeof parentPort>
const post = (message: ScoreMessage): void => port.postMessage(message)
const requests: ScoreRequest[] = []
const idle = new WakeableSleep()
port.on('message', (request: ScoreRequest) => {
  requests.push(request)
  idle.wake()
})

/** One model at work. */
interface Lane {
  readonly run: ScoreRun
  readonly opened: ScorerSwitch
  postedRows: number
  postAt: number
}

/** Scores the rows of every view as they come until told to leave. */
async function work(): Promise<void> {
  const log = openLog({ path: data.logDir })
  const store = await openStore({ stateDir: data.stateDir, databaseUrl: data.databaseUrl })
  const deployments = storeDeployments(store, data)
  const lanes: Lane[] = []
  for (const model of data.models) lanes.push(await openLane(log, model, deployments))
  for (let leaving = false; !leaving && !flag.raised; ) {
    const request = requests.shift()
    if (request !== undefined) {
      leaving = await answer(request, lanes)
      continue
    }
    if (!(await stepAll(lanes))) await idle.sleep(IDLE_MS[data.pace])
  }
  for (const { run, opened } of lanes) {
    await run.flushed()
    await opened.close()
  }
  await store.close()
  await log.close()
  post({ kind: 'left' })
  port.close()
}

async function openLane(
  log: ReturnType<typeof openLog>,
  { model, view, entity, fallback }: ScoredModelData,
  deployments: DeploymentSource,
): Promise<Lane> {
  const onFailure = troubleOf(model)
  const opened = await ScorerSwitch.open({
    model,
    deployments,
    onFailure,
    onSwitch: (deployed) => post({ kind: 'switched', model, version: deployed?.version ?? null, threshold: deployed?.threshold ?? null }),
  })
  const stage = new ScoreStage({ deployed: () => opened.current, fallback: fallbackRule(fallback), onFailure })
  const run = new ScoreRun({ log, stage, task: { model, view, entity, online: data.pace === 'live' } })
  await run.open()
  return { run, opened, postedRows: 0, postAt: 0 }
}

/** Says what is wrong with a model, not more often than once a second. */
function troubleOf(model: string): (error: unknown) => void {
  let sayAt = 0
  return (error) => {
    if (performance.now() < sayAt) return
    sayAt = performance.now() + TROUBLE_MS
    const code = error instanceof MillraceError ? error.code : 'bug/unexpected'
    post({ kind: 'trouble', model, code, message: error instanceof Error ? error.message : String(error) })
  }
}

/** A turn of every model; false when nothing waited. */
async function stepAll(lanes: readonly Lane[]): Promise<boolean> {
  let moved = false
  for (const lane of lanes) {
    moved = (await lane.run.step()) || moved
    if (performance.now() >= lane.postAt) await postFigures(lane)
  }
  return moved
}

async function postFigures(lane: Lane): Promise<void> {
  const { run } = lane
  const { rowsByModel, rowsByFallback, decidedTrue, failures, nonFinite } = run.counters
  if (rowsByModel + rowsByFallback === lane.postedRows) return
  await run.flushed()
  lane.postedRows = rowsByModel + rowsByFallback
  lane.postAt = performance.now() + FIGURES_MS
  const batchMs = run.takeBatchMs()
  const figures = {
    model: run.task.model,
    rowsByModel,
    rowsByFallback,
    decidedTrue,
    failures,
    nonFinite,
    batchMs,
    threads: scorerThreads(),
  }
  post({ kind: 'scored', figures })
}

/** Carries out a request of the main thread; true when it is time to leave. */
async function answer(request: ScoreRequest, lanes: readonly Lane[]): Promise<boolean> {
  if (request.kind === 'leave') return true
  if (request.kind === 'finish') {
    while (!flag.raised && (await stepAll(lanes))) {
      /* until nothing waits */
    }
  } else for (const { run } of lanes) if (!flag.raised) await run.close(request.from[run.task.view])
  for (const lane of lanes) await postFigures(lane)
  post({ kind: request.kind === 'finish' ? 'finished' : 'closed' })
  return false
}

runThread(port, work)
