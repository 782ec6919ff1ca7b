import { availableParallelism } from 'node:os'
import { userError } from '@millrace/core'
import { acquireWriterLease } from '@millrace/store'
import type { DevOutput } from '../dev/dev-event.ts'
import { JsonLinesOutput } from '../dev/json-lines-output.ts'
import { LiveStack } from '../dev/live-stack.ts'
import { PlainOutput } from '../dev/plain-output.ts'
import { StdoutWriter } from '../dev/stdout-writer.ts'
import { TerminalOutput } from '../dev/terminal-output.ts'
import { microBatchTasks, startMicroBatches } from '../micro-batch/start-micro-batches.ts'
import { environmentOf } from '../project/environment-rules.ts'
import { type LoadedProject, loadProject, withStateMemory } from '../project/load-project.ts'
import { liveScope } from '../scope/scope.ts'
import { streamSession } from '../share/stream-session.ts'
import { type CommonOptions, stateDir } from './common-options.ts'
import { Interruption } from './interruption.ts'
import { withServices } from './table-access.ts'

interface DevOptions extends CommonOptions {
  /** Of `up`: what this process does; all when absent. */
  readonly role?: Role
  readonly reset?: boolean
  readonly workers?: number
  readonly stateMemory?: string
  readonly from?: string
  readonly host: string
  readonly port: number
  /** False with `--no-server`. */
  readonly server: boolean
}

type Role = 'control' | 'stream'

/** Exit status after SIGINT; being stopped in any other way is how following ends. */
const INTERRUPTED_STATUS = 130

/** Follows the log files of every stream until it is stopped, and shows windows and alerts as they come. */
export function devCommand(options: DevOptions): Promise<void> {
  return followCommand('dev', options)
}

/** As `dev`, for production: lines for a log instead of a screen; whole or in roles. */
export function upCommand(options: DevOptions): Promise<void> {
  return followCommand('up', options)
}

interface Following {
  readonly command: string
  readonly options: DevOptions
  readonly loaded: LoadedProject
  readonly output: DevOutput
  readonly interruption: Interruption
  readonly stopped: Promise<void>
}

async function followCommand(command: 'dev' | 'up', options: DevOptions): Promise<void> {
  const loaded = withStateMemory(await loadProject(options.project), options.stateMemory)
  checkStreams(loaded, options)
  checkRole(loaded, options)
  const interruption = new Interruption()
  const out = new StdoutWriter()
  const output = chooseOutput(command, options, out)
  const stopped = Promise.race([interruption.asked, out.gone])
  try {
    const following = { command, options, loaded, output, interruption, stopped }
    if (options.role === 'stream') await computeViews(following)
    else await follow(following)
  } catch (error) {
    if (!interruption.isThis(error)) throw error
  } finally {
    output.close()
    interruption.ignore()
  }
  if (interruption.exitStatus === INTERRUPTED_STATUS) process.exitCode = INTERRUPTED_STATUS
}

async function follow({ command, options, loaded, output, interruption, stopped }: Following): Promise<void> {
  const state = stateDir(options)
  const role = options.role === undefined ? command : `${command} --role ${options.role}`
  const lease = await acquireWriterLease({ stateDir: state, env: options.env, command: role })
  try {
    await withServices(options, async (services) => {
      microBatchTasks(loaded.project)
      const workers = workersOf(options)
      const environment = environmentOf(loaded, options.env)
      const stack = await LiveStack.open({
        ...services,
        ...options,
        environment,
        loaded: streamed(loaded),
        stateDir: state,
        output,
        workers,
      })
      const scope = liveScope(state, options.env)
      const micro = startMicroBatches({
        project: loaded.project,
        lake: loaded.lake,
        stateDir: state,
        databaseUrl: services.store.url,
        scope,
        output,
      })
      await runUntilStopped({ stack, micro, output, interruption, stopped })
    })
  } finally {
    await lease.release()
  }
}

/** The part of `up` that any number of processes may do beside each other; it needs no lease and no database. */
async function computeViews({ options, loaded, output, interruption, stopped }: Following): Promise<void> {
  const until = stopped.catch((error: unknown) => {
    if (!interruption.isThis(error)) throw error
  })
  const session = { loaded: streamed(loaded), stateDir: stateDir(options), env: options.env, workers: workersOf(options) }
  await streamSession({ ...session, output, stopped: until })
}

/** The project with those of its views that the stream engine computes. */
function streamed(loaded: LoadedProject): LoadedProject {
  return { ...loaded, project: loaded.project.streamed() }
}

function workersOf({ workers, role }: DevOptions): number {
  if (role === 'control') return 0
  return workers ?? Math.max(1, availableParallelism() - 1)
}

/** Refuses options that another role has. */
function checkRole(loaded: LoadedProject, { role, reset, from, workers, env }: DevOptions): void {
  const { project } = loaded
  if (role === undefined) return
  if (role === 'stream' && loaded.environments?.[env]?.flink !== undefined)
    throw userError('up/wrong-role', `Views of environment \`${env}\` are computed on Flink.`, {
      asked: '--role stream',
      found: `\`environments.${env}.flink\``,
      do: 'Start `millrace up` without `--role stream`; Flink has the workers.',
    })
  const given = role === 'stream' ? { '--reset': reset, '--from': from } : { '--workers': workers }
  const [wrong] = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  const other = role === 'stream' ? 'control' : 'stream'
  if (wrong !== undefined)
    throw userError('up/wrong-role', `\`${wrong}\` is nothing for \`--role ${role}\`.`, {
      asked: `--role ${role} ${wrong}`,
      found: `an option of --role ${other}`,
      do: `Give it to the process with \`--role ${other}\`.`,
    })
  if (role === 'control' || project.computed.length > 0) return
  throw userError('up/no-view', `Project \`${project.name}\` has no view to compute.`, {
    asked: '--role stream',
    found: [...project.assets.keys()],
    do: 'Run `millrace up` without `--role`.',
  })
}

interface Running {
  readonly stack: LiveStack
  /** The thread of views in micro-batches, where there are any. */
  readonly micro: ReturnType<typeof startMicroBatches>
  readonly output: DevOutput
  readonly interruption: Interruption
  readonly stopped: Promise<void>
}

/** Shows what comes; when asked to stop, drains; when a thread fails, leaves as it is. */
async function runUntilStopped({ stack, micro, output, interruption, stopped }: Running): Promise<void> {
  try {
    await Promise.race([
      stopped.catch((error: unknown) => {
        if (!interruption.isThis(error)) throw error
      }),
      stack.ended,
      ...(micro === undefined ? [] : [micro.ended]),
    ])
    const began = performance.now()
    const [drained] = await Promise.all([stack.drain(), micro?.leave()])
    await output.show({ kind: 'stopped', drained, seconds: Math.round(performance.now() - began) / 1000 })
  } finally {
    await micro?.leave()
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
