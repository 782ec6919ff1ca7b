import { parentPort, workerData } from 'node:worker_threads'
import { openLake } from '@millrace/lake'
import { openLog } from '@millrace/log-lmdb'
import { openStore } from '@millrace/store'
import type { UpkeepRules } from '../project/upkeep-rules.ts'
import { CATALOG_NAME, type Scope, warehouseDir } from '../scope/scope.ts'
import { FLUSH_ROWS, LakeWriter } from './lake-writer.ts'
import { LeaveFlag } from './leave-flag.ts'
import { runThread } from './message.ts'
import { startUpkeep } from './start-upkeep.ts'
import type { TableSpec } from './table-spec.ts'
import { WakeableSleep } from './wakeable-sleep.ts'

export interface LakeWorkerData {
  readonly stateDir: string
  readonly databaseUrl: string
  readonly scope: Scope
  readonly tables: readonly { readonly spec: TableSpec; readonly partitions: number }[]
  /** Rows that wait longer than this are committed even when they are few; absent: only at the end. */
  readonly commitEveryMs?: number
  /** How each table is kept small meanwhile; absent: not at all. */
  readonly upkeep?: Readonly<Record<string, UpkeepRules>>
}

export type LakeRequest =
  | { readonly kind: 'finish' }
  | { readonly kind: 'close'; readonly from: Readonly<Record<string, readonly number[]>> }
  | { readonly kind: 'leave' }

export type LakeMessage =
  | { readonly kind: 'committed'; readonly table: string; readonly rows: number }
  /** A table that could not be kept small; it is tried again. */
  | { readonly kind: 'trouble'; readonly table: string; readonly code: string; readonly message: string }
  | { readonly kind: 'finished' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'left' }

const IDLE_MS = 20

const data = workerData as LakeWorkerData & { readonly leave: SharedArrayBuffer }
const flag = new LeaveFlag(data.leave)
const port = parentPort as NonNullable<typeof parentPort>
const requests: LakeRequest[] = []
const idle = new WakeableSleep()
port.on('message', (request: LakeRequest) => {
  requests.push(request)
  idle.wake()
})

/** Carries every topic into its table until told to leave. */
async function work(): Promise<void> {
  const log = openLog({ path: data.scope.logDir })
  const store = await openStore({ stateDir: data.stateDir, databaseUrl: data.databaseUrl })
  const lake = await openLake({ pool: store.pool, catalog: CATALOG_NAME, warehouse: warehouseDir(data.stateDir), threads: 1 })
  const writers = data.tables.map(
    ({ spec, partitions }) =>
      new LakeWriter({ log, lake, table: { spec, partitions, name: { namespace: data.scope.namespace, table: spec.name } } }),
  )
  for (const writer of writers) {
    await writer.open()
    await lake.sweepOrphans({ namespace: data.scope.namespace, table: writer.table })
  }
  const upkeep = await startUpkeep({
    ...{ store, stateDir: data.stateDir, scope: data.scope, owner: 'lake', rules: data.upkeep ?? {} },
    tables: data.tables.map(({ spec }) => spec),
    onTrouble: (table, code, message) => port.postMessage({ kind: 'trouble', table, code, message } satisfies LakeMessage),
  })
  try {
    await carry(writers)
  } finally {
    await upkeep.end()
  }
  await lake.close()
  await store.close()
  await log.close()
  port.postMessage({ kind: 'left' } satisfies LakeMessage)
  port.close()
}

/** Commits rows as they come until told to leave. */
async function carry(writers: readonly LakeWriter[]): Promise<void> {
  let commitAt = performance.now() + (data.commitEveryMs ?? Number.POSITIVE_INFINITY)
  for (let leaving = false; !leaving && !flag.raised; ) {
    const request = requests.shift()
    if (request !== undefined) {
      leaving = await answer(request, writers)
      continue
    }
    const due = performance.now() >= commitAt
    const flushed = await flushWhere(writers, due ? 1 : FLUSH_ROWS)
    if (due) commitAt = performance.now() + (data.commitEveryMs ?? 0)
    if (!flushed) await idle.sleep(IDLE_MS)
  }
}

/** Carries out a request of the main thread; true when it is time to leave. */
async function answer(request: LakeRequest, writers: readonly LakeWriter[]): Promise<boolean> {
  if (request.kind === 'leave') return true
  if (request.kind === 'finish') {
    while (!flag.raised && (await flushWhere(writers, 1))) {
      /* until nothing waits */
    }
    port.postMessage({ kind: 'finished' } satisfies LakeMessage)
    return false
  }
  for (const writer of writers) if (!flag.raised) await writer.close(request.from[writer.table])
  port.postMessage({ kind: 'closed' } satisfies LakeMessage)
  return false
}

/** Commits each table in which at least `rowsMin` rows wait; false when there was none. */
async function flushWhere(writers: readonly LakeWriter[], rowsMin: number): Promise<boolean> {
  let any = false
  for (const writer of writers) {
    if (writer.waiting() < rowsMin) continue
    any = true
    const rows = await writer.flush(FLUSH_ROWS)
    port.postMessage({ kind: 'committed', table: writer.table, rows } satisfies LakeMessage)
  }
  return any
}

runThread(port, work)
