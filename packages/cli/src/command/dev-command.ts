import { availableParallelism } from 'node:os'
import { userError } from '@millrace/core'
import { type Lake, openLake } from '@millrace/lake'
import { acquireWriterLease, openStore, type Store } from '@millrace/store'
import type { DevOutput } from '../dev/dev-event.ts'
import { JsonLinesOutput } from '../dev/json-lines-output.ts'
import { LiveStack } from '../dev/live-stack.ts'
import { PlainOutput } from '../dev/plain-output.ts'
import { StdoutWriter } from '../dev/stdout-writer.ts'
import { TerminalOutput } from '../dev/terminal-output.ts'
import { type LoadedProject, loadProject } from '../project/load-project.ts'
import { CATALOG_NAME, warehouseDir } from '../scope/scope.ts'
import { type CommonOptions, stateDir } from './common-options.ts'
import { Interruption } from './interruption.ts'

interface DevOptions extends CommonOptions {
  readonly reset?: boolean
  readonly workers?: number
  readonly from?: string
  readonly host: string
  readonly port: number
  /** False with `--no-server`. */
  readonly server: boolean
}

/** Exit status after SIGINT; being stopped in any other way is how following ends. */
const INTERRUPTED_STATUS = 130

/** Follows the log files of every stream until it is stopped, and shows windows and alerts as they come. */
export function devCommand(options: DevOptions): Promise<void> {
  return followCommand('dev', options)
}

/** As `dev`, for production: lines for a log instead of a screen. */
export function upCommand(options: DevOptions): Promise<void> {
  return followCommand('up', options)
}

async function followCommand(command: 'dev' | 'up', options: DevOptions): Promise<void> {
  const loaded = await loadProject(options.project)
  checkStreams(loaded, options)
  const state = stateDir(options)
  const interruption = new Interruption()
  const out = new StdoutWriter()
  const output = chooseOutput(command, options, out)
  try {
    const lease = await acquireWriterLease({ stateDir: state, env: options.env, command })
    try {
      await withServices({ options, state }, async (services) => {
        const stack = await LiveStack.open({ ...services, ...options, loaded, stateDir: state, output, workers: workersOf(options) })
        await runUntilStopped({ stack, output, interruption, stopped: Promise.race([interruption.asked, out.gone]) })
      })
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

function workersOf({ workers }: DevOptions): number {
  return workers ?? Math.max(1, availableParallelism() - 1)
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

interface Running {
  readonly stack: LiveStack
  readonly output: DevOutput
  readonly interruption: Interruption
  readonly stopped: Promise<void>
}

/** Shows what comes; when asked to stop, drains; when a thread fails, leaves as it is. */
async function runUntilStopped({ stack, output, interruption, stopped }: Running): Promise<void> {
  try {
    await Promise.race([
      stopped.catch((error: unknown) => {
        if (!interruption.isThis(error)) throw error
      }),
      stack.ended,
    ])
    const began = performance.now()
    const drained = await stack.drain()
    await output.show({ kind: 'stopped', drained, seconds: Math.round(performance.now() - began) / 1000 })
  } finally {
    await stack.close()
  }
}

function chooseOutput(command: 'dev' | 'up', options: DevOptions, out: StdoutWriter): DevOutput {
  if (options.json === true) return new JsonLinesOutput(out)
  return command === 'dev' && process.stdout.isTTY === true ? new TerminalOutput(out) : new PlainOutput(out)
}

function checkStreams({ project }: LoadedProject, { from }: DevOptions): void {
  const found = [...project.assets.keys()]
  if (project.streams.length === 0) {
    throw userError('dev/no-stream', `Project \`${project.name}\` has no stream to follow.`, {
      asked: project.name,
      found,
      do: 'Declare a stream: `stream(…, { from: files(…) })`.',
    })
  }
  if (from === undefined || project.streams.length === 1) return
  throw userError('dev/which-stream', `\`--from\` names files, but project \`${project.name}\` has several streams.`, {
    asked: from,
    found: project.streams.map((stream) => stream.name),
    do: 'Leave `--from` out; each stream declares its own files.',
  })
}
