import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { MillraceError } from '@millrace/core'
import { openDuckdb } from '@millrace/engine-duckdb'
import { lateTopicOf } from '@millrace/engine-stream'
import { openLake } from '@millrace/lake'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { openStore } from '@millrace/store'
import { recordsPassed, recordsSettled, type Settled } from '../backfill/settled.ts'
import { LeaveFlag } from '../pipeline/leave-flag.ts'
import { runThread } from '../pipeline/message.ts'
import { startUpkeep } from '../pipeline/start-upkeep.ts'
import type { TableSpec } from '../pipeline/table-spec.ts'
import { WakeableSleep } from '../pipeline/wakeable-sleep.ts'
import type { UpkeepRules } from '../project/upkeep-rules.ts'
import { CATALOG_NAME, type Scope, warehouseDir } from '../scope/scope.ts'
import { type MicroBatchParts, type MicroBatchReport, type MicroBatchTask, MicroBatchView } from './micro-batch-view.ts'

export interface MicroBatchWorkerData {
  readonly stateDir: string
  readonly databaseUrl: string
  readonly scope: Scope
  readonly tasks: readonly MicroBatchTask[]
  /** How each table is kept small. */
  readonly upkeep: Readonly<Record<string, UpkeepRules>>
}

export type MicroBatchMessage =
  | ({ readonly kind: 'computed'; readonly seconds: number } & MicroBatchReport)
  /** A micro-batch could not be computed; the next one tries again from where the table stands. */
  | { readonly kind: 'trouble'; readonly view: string; readonly code: string; readonly message: string; readonly todo: string | undefined }

const MEMORY_MAX = 512 * 1024 ** 2

const data = workerData as MicroBatchWorkerData & { readonly leave: SharedArrayBuffer }
const flag = new LeaveFlag(data.leave)
const port = parentPort as NonNullable<typeof parentPort>
const idle = new WakeableSleep()
port.on('message', () => idle.wake())

/** Computes each view when its time has come, one after the other, until told to leave. */
async function work(): Promise<void> {
  const { stateDir, scope } = data
  const log = openLog({ path: scope.logDir })
  const store = await openStore({ stateDir, databaseUrl: data.databaseUrl })
  const lake = await openLake({ pool: store.pool, catalog: CATALOG_NAME, warehouse: warehouseDir(stateDir), threads: 1 })
  const duckdb = await openDuckdb({ memoryMax: MEMORY_MAX, threads: 1, tempDir: join(stateDir, 'spill') })
  const stopped = () => flag.raised
  const parts = { lake, duckdb, scope, stopped }
  const views = data.tasks.map((task): DueView => ({ view: new MicroBatchView(parts, task), dueAt: performance.now() + task.everyMs }))
  for (const { view } of views) await view.open()
  const upkeep = await startUpkeep({
    ...{ store, stateDir, scope, owner: 'micro-batch', tables: data.tasks.flatMap(tablesOf), rules: data.upkeep },
    onTrouble: (view, code, message) =>
      port.postMessage({ kind: 'trouble', view, code, message, todo: undefined } satisfies MicroBatchMessage),
  })
  try {
    await carry(views, { parts, log })
  } finally {
    await upkeep.end()
  }
  duckdb.close()
  await lake.close()
  await store.close()
  await log.close()
  port.close()
}

/** The tables of a view; they hold its rows as they stand. */
function tablesOf({ view, fields, late }: MicroBatchTask): readonly TableSpec[] {
  const common = { asset: view, time: undefined, corrected: false }
  const rows: TableSpec = { ...common, name: view, kind: 'view', fields }
  return late === undefined ? [rows] : [rows, { ...common, name: lateTopicOf(view), kind: 'late', fields: [] }]
}

interface DueView {
  readonly view: MicroBatchView
  dueAt: number
}

async function carry(
  views: readonly DueView[],
  { parts, log }: { readonly parts: MicroBatchParts; readonly log: EmbeddedLog },
): Promise<void> {
  const { stopped } = parts
  while (!flag.raised) {
    const settling = new Map<string, Promise<Settled>>()
    // Views that are due together share the look at the lake, for which they may have to wait.
    const settle = (streams: readonly string[]): Promise<Settled> => {
      const key = streams.join(' ')
      const known = settling.get(key) ?? recordsSettled(parts, streams, () => recordsPassed(log, streams, stopped))
      settling.set(key, known)
      return known
    }
    for (const one of views) {
      if (flag.raised || performance.now() < one.dueAt) continue
      await compute(one.view, settle)
      one.dueAt = Math.max(performance.now(), one.dueAt + one.view.task.everyMs)
    }
    for (const settled of settling.values()) await (await settled.catch(() => undefined))?.release()
    if (!flag.raised) await idle.sleep(Math.max(1, Math.min(...views.map(({ dueAt }) => dueAt)) - performance.now()))
  }
}

async function compute(view: MicroBatchView, settle: (streams: readonly string[]) => Promise<Settled>): Promise<void> {
  const started = performance.now()
  try {
    const report = await view.step(await settle(view.streams))
    const seconds = Math.round(performance.now() - started) / 1000
    port.postMessage({ kind: 'computed', ...report, seconds } satisfies MicroBatchMessage)
  } catch (error) {
    if (!(error instanceof MillraceError) || error.family !== 'operating') throw error
    const trouble = { kind: 'trouble', view: view.task.view, code: error.code, message: error.message, todo: error.facts.do } as const
    port.postMessage(trouble satisfies MicroBatchMessage)
    await view.open()
  }
}

runThread(port, work)
