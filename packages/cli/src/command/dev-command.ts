import { availableParallelism } from 'node:os'
import { userError } from '@millrace/core'
import { type Lake, openLake } from '@millrace/lake'
import { acquireWriterLease, openStore, type Store } from '@millrace/store'
import { AlertLedger } from '../dev/alert-ledger.ts'
import type { DevOutput } from '../dev/dev-event.ts'
import { JsonLinesOutput } from '../dev/json-lines-output.ts'
import { LivePipeline } from '../dev/live-pipeline.ts'
import { openLiveScope } from '../dev/live-scope.ts'
import { LiveSession } from '../dev/live-session.ts'
import { PlainOutput } from '../dev/plain-output.ts'
import { StdoutWriter } from '../dev/stdout-writer.ts'
import { TerminalOutput } from '../dev/terminal-output.ts'
import { type LoadedProject, loadProject } from '../project/load-project.ts'
import { CATALOG_NAME, liveScope, warehouseDir } from '../scope/scope.ts'
import { type CommonOptions, stateDir } from './common-options.ts'
import { Interruption } from './interruption.ts'

interface DevOptions extends CommonOptions {
  readonly reset?: boolean
  readonly workers?: number
}

/** Exit status after SIGINT; being stopped in any other way is how following ends. */
const INTERRUPTED_STATUS = 130

/** Follows the log files of every stream until it is stopped, and shows windows and alerts as they come. */
export async function devCommand(options: DevOptions): Promise<void> {
  const loaded = await loadProject(options.project)
  checkStreams(loaded)
  const state = stateDir(options)
  const interruption = new Interruption()
  const out = new StdoutWriter()
  const output = chooseOutput(options, out)
  try {
    const lease = await acquireWriterLease({ stateDir: state, env: options.env, command: 'dev' })
    try {
      await withServices({ options, state }, (services) =>
        follow({ ...services, options, loaded, state, output, interruption, stopped: Promise.race([interruption.asked, out.gone]) }),
      )
    } finally {
      await lease.release()
    }
  } catch (error) {
    if (!interruption.isThis(error)) throw error
  } finally {
    output.close()
    interruption.ignore()
  }
  if (interruption.exitStatus === INTERRUPTED_STATUS) process.exitCode = INTERRUPTED_STATUS
}

interface Services {
  readonly store: Store
  readonly lake: Lake
}

async function withServices(
  { options, state }: { readonly options: DevOptions; readonly state: string },
  work: (services: Services) => Promise<void>,
): Promise<void> {
  const store = await openStore({ stateDir: state, databaseUrl: options.database })
  try {
    const lake = await openLake({ pool: store.pool, catalog: CATALOG_NAME, warehouse: warehouseDir(state) })
    try {
      await work({ store, lake })
    } finally {
      await lake.close()
    }
  } finally {
    await store.close()
  }
}

interface Following extends Services {
  readonly options: DevOptions
  readonly loaded: LoadedProject
  readonly state: string
  readonly output: DevOutput
  readonly interruption: Interruption
  readonly stopped: Promise<void>
}

async function follow(following: Following): Promise<void> {
  const { options, loaded, state, store, lake, output } = following
  const scope = liveScope(state, options.env)
  const live = await openLiveScope({ scope, loaded, store, lake, reset: options.reset === true })
  const ledger = new AlertLedger({ store, lake, scope, stateDir: state })
  try {
    const session = new LiveSession({ live, loaded, ledger, output })
    await output.show({
      kind: 'started',
      project: loaded.project.name,
      env: options.env,
      pid: process.pid,
      streams: Object.fromEntries(loaded.project.streams.map((stream) => [stream.name, stream.from.patterns])),
    })
    const pipeline = new LivePipeline({
      live,
      loaded,
      stateDir: state,
      databaseUrl: store.url,
      workers: options.workers ?? Math.max(1, availableParallelism() - 1),
      onFollow: (stream, message) => session.onFollow(stream, message),
      onStream: (stream, message) => session.onStream(stream, message),
      onLake: (message) => session.onLake(message),
    })
    await runUntilStopped({ pipeline, session, following })
  } finally {
    await ledger.close()
    await live.log.close()
  }
}

/** Shows what comes; when asked to stop, drains; when a thread fails, leaves as it is. */
async function runUntilStopped({
  pipeline,
  session,
  following,
}: {
  readonly pipeline: LivePipeline
  readonly session: LiveSession
  readonly following: Following
}): Promise<void> {
  const { stopped, interruption, output } = following
  const showing = session.run()
  showing.catch(() => {})
  try {
    await Promise.race([
      stopped.catch((error: unknown) => {
        if (!interruption.isThis(error)) throw error
      }),
      pipeline.ended,
      showing,
    ])
    const began = performance.now()
    session.stop()
    const drained = await pipeline.drain(async () => {
      await showing
      await session.finish()
    })
    session.showStatus()
    await output.show({ kind: 'stopped', drained, seconds: Math.round(performance.now() - began) / 1000 })
  } finally {
    session.stop()
    await pipeline.leave()
    await showing.catch(() => {})
  }
}

function chooseOutput(options: DevOptions, out: StdoutWriter): DevOutput {
  if (options.json === true) return new JsonLinesOutput(out)
  return process.stdout.isTTY === true ? new TerminalOutput(out) : new PlainOutput(out)
}

function checkStreams({ project }: LoadedProject): void {
  if (project.streams.length > 0) return
  throw userError('dev/no-stream', `Project \`${project.name}\` has no stream to follow.`, {
    asked: project.name,
    found: [...project.assets.keys()],
    do: 'Declare a stream: `stream(…, { from: logFiles(…) })`.',
  })
}
