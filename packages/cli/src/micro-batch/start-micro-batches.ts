import { compileAsset, type LakeSettings, type Project } from '@millrace/core'
import { lateTopicOf, lowerPlan } from '@millrace/engine-stream'
import type { DevOutput } from '../dev/dev-event.ts'
import { WorkerLink } from '../pipeline/worker-link.ts'
import { upkeepRules } from '../project/upkeep-rules.ts'
import type { Scope } from '../scope/scope.ts'
import type { MicroBatchTask } from './micro-batch-view.ts'
import { microBatchWay } from './micro-batch-way.ts'
import type { MicroBatchMessage, MicroBatchWorkerData } from './micro-batch-worker.ts'

const WORKER_HEAP_MIB = 768

export interface MicroBatchOptions {
  readonly project: Project
  readonly lake: LakeSettings | undefined
  readonly stateDir: string
  readonly databaseUrl: string
  readonly scope: Scope
  readonly output: DevOutput
}

/** The views of a project that are computed in micro-batches. @throws `micro-batch/unsupported` */
export function microBatchTasks(project: Project): readonly MicroBatchTask[] {
  return project.microBatched.map((view) => {
    const plan = compileAsset(view)
    const { batchFields, late } = lowerPlan(plan)
    const everyMs = view.materialize?.everyMs ?? 0
    return { view: view.name, plan, way: microBatchWay(view.name, plan), fields: batchFields, late: late?.fields, everyMs }
  })
}

/** Starts the thread that computes a project's micro-batches; undefined where there are none. The scope's log must be there. */
export function startMicroBatches(options: MicroBatchOptions): WorkerLink<never, MicroBatchMessage> | undefined {
  const { project, lake, stateDir, databaseUrl, scope, output } = options
  const tasks = microBatchTasks(project)
  if (tasks.length === 0) return undefined
  const names = tasks.flatMap(({ view, late }) => (late === undefined ? [view] : [view, lateTopicOf(view)]))
  const upkeep = Object.fromEntries(names.map((name) => [name, upkeepRules(lake, name)]))
  const data: MicroBatchWorkerData = { stateDir, databaseUrl, scope, tasks, upkeep }
  return new WorkerLink({
    url: new URL('./micro-batch-worker.ts', import.meta.url),
    name: 'micro-batch',
    data,
    heapMax: WORKER_HEAP_MIB,
    onMessage: (message) => void show(output, message),
  })
}

async function show(output: DevOutput, message: MicroBatchMessage): Promise<void> {
  if (message.kind === 'trouble')
    return output.show({ kind: 'problem', view: message.view, code: message.code, message: message.message, do: message.todo })
  const { view, rows, late, until, lagMs, seconds } = message
  await output.show({
    kind: 'micro-batch',
    view,
    rows,
    late,
    until: until === undefined ? null : new Date(until).toISOString(),
    lag_ms: lagMs,
    seconds,
  })
  if (rows > 0) await output.show({ kind: 'committed', table: view, rows })
}
