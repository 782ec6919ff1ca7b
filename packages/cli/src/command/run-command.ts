import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { checkInput } from '@millrace/connect'
import { type StreamAsset, streamOf, userError } from '@millrace/core'
import { openDuckdb } from '@millrace/engine-duckdb'
import { openLake } from '@millrace/lake'
import { acquireWriterLease, deleteAlerts, openStore, recordAlerts, type Store } from '@millrace/store'
import { note, printJson, printText } from '../output/print.ts'
import { RunBar } from '../output/run-bar.ts'
import { runSummary } from '../output/run-summary.ts'
import { tableSpecs } from '../pipeline/table-spec.ts'
import { type LoadedProject, loadProject, withStateMemory } from '../project/load-project.ts'
import { AlertExplainer } from '../query/alert-explainer.ts'
import { alertRecord } from '../query/alert-record.ts'
import { currentRows } from '../query/current-rows.ts'
import { type BoundedRunResult, boundedRun } from '../run/bounded-run.ts'
import { type RunDocument, runDocument } from '../run/run-document.ts'
import { tableName } from '../scope/open-scope.ts'
import { CATALOG_NAME, checkEnv, warehouseDir } from '../scope/scope.ts'
import { type CommonOptions, stateDir } from './common-options.ts'
import { Interruption } from './interruption.ts'

interface RunOptions extends CommonOptions {
  readonly input: string
  /** Tables by SQL, which are computed instead. */
  readonly select?: string
  readonly replace?: boolean
  readonly plain?: boolean
  readonly workers?: number
  readonly stateMemory?: string
}

const QUERY_MEMORY_MAX = 512 * 1024 ** 2

/** Ingests a bounded input and prints what it holds. */
export async function runCommand(options: RunOptions): Promise<void> {
  if (options.select !== undefined) return (await import('./select-command.ts')).selectCommand({ ...options, select: options.select })
  if (options.input === undefined) throw missingInput()
  const started = performance.now()
  const loaded = withStateMemory(await loadProject(options.project), options.stateMemory)
  const stream = inputStream(loaded)
  const state = stateDir(options)
  checkEnv(options.env)
  await checkInput(options.input, stream.from.kind === 'files' ? stream.from.limits : undefined)
  const interruption = new Interruption()
  const lease = await acquireWriterLease({ stateDir: state, env: options.env, command: 'run' })
  try {
    const store = await openStore({ stateDir: state, databaseUrl: options.database })
    try {
      const document = await runOn(store, { options, loaded, stream, state, started, interruption })
      if (options.json === true) printJson(document)
      else printText(runSummary(document, { ...options, stream: stream.name }))
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!interruption.isThis(error)) throw error
    note('Interrupted. Run the same command again: it goes on from what is committed.')
    process.exitCode = interruption.exitStatus
  } finally {
    interruption.ignore()
    await lease.release()
  }
}

interface RunContext {
  readonly options: RunOptions
  readonly loaded: LoadedProject
  readonly stream: StreamAsset
  readonly state: string
  readonly started: number
  readonly interruption: Interruption
}

async function runOn(store: Store, context: RunContext): Promise<RunDocument> {
  const { options, loaded, stream, state, started } = context
  const lake = await openLake({ pool: store.pool, catalog: CATALOG_NAME, warehouse: warehouseDir(state) })
  const bar = new RunBar()
  try {
    const result = await boundedRun({
      stateDir: state,
      env: options.env,
      loaded,
      stream,
      path: options.input,
      replace: options.replace === true,
      workers: options.workers ?? Math.max(1, Math.min(availableParallelism() - 1, loaded.partitions)),
      store,
      lake,
      onProgress: (progress) => bar.update(progress),
      onNote: note,
      interrupted: context.interruption.asked,
    })
    bar.stop()
    const document = await describe(result, { ...context, store, lake })
    await replaceAlerts(store, result, document)
    return { ...document, seconds: Math.round(performance.now() - started) / 1000 }
  } finally {
    bar.stop()
    await lake.close()
  }
}

/** The ledger holds what the document says: a grown input may have changed the alerts of windows that were still open. */
async function replaceAlerts(store: Store, { scope }: BoundedRunResult, { alerts }: Pick<RunDocument, 'alerts'>): Promise<void> {
  await deleteAlerts(store.db, { env: scope.env, scope: scope.id })
  const records = alerts.map((alert) => alertRecord(alert, scope))
  await recordAlerts(store.db, records)
}

async function describe(
  result: BoundedRunResult,
  context: RunContext & { readonly store: Store; readonly lake: Awaited<ReturnType<typeof openLake>> },
): Promise<Omit<RunDocument, 'seconds'>> {
  const { loaded, stream, lake, state, options } = context
  const explainer = new AlertExplainer({ store: context.store, stateDir: state, project: loaded.project.name })
  const duckdb = await openDuckdb({ memoryMax: QUERY_MEMORY_MAX, tempDir: join(state, 'spill') })
  try {
    const scans = new Map()
    for (const spec of tableSpecs(loaded.project)) {
      if (streamOf(loaded.project.asset(spec.asset)) !== stream) continue
      const scan = await lake.pin(tableName(result.scope, spec.name))
      scans.set(spec.name, { ...scan, sql: currentRows(spec, scan.sql) })
    }
    return await runDocument(
      {
        runId: randomUUID(),
        resumed: result.resumed,
        name: options.input === '-' ? '-' : basename(options.input),
        totals: result.totals,
        newLines: result.newLines,
        counters: result.counters,
      },
      { duckdb, project: loaded.project, stream: stream.name, scans, explain: (alerts) => explainer.explained(alerts) },
    )
  } finally {
    duckdb.close()
  }
}

/** The stream that a bounded input feeds: the project's only one. */
function inputStream(loaded: LoadedProject): StreamAsset {
  const { streams, name } = loaded.project
  if (streams.length === 1) return streams[0]
  throw userError('run/which-stream', `Project \`${name}\` has ${streams.length} streams; \`run\` feeds one.`, {
    asked: name,
    found: streams.map((stream) => stream.name),
    do: streams.length === 0 ? 'Declare a stream.' : 'Keep one stream in the project that is run.',
  })
}

function missingInput(): Error {
  return userError('cli/usage', '`run` needs `--input`, or `--select`.', {
    asked: 'run',
    found: [],
    do: 'Write `millrace run --input FILE`, or `millrace run --select TABLE` for tables by SQL.',
  })
}
