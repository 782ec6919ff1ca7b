import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endGroups } from '../process/end-group.ts'
import { lives, type RunningProcess, runningProcess, signalGroup } from '../process/running-process.ts'
import { DemoFailure } from './demo-failure.ts'

/** Where the example, the command and the demo's files lie. */
export interface Place {
  readonly bin: string
  readonly project: string
  /** Everything that the demo writes. */
  readonly folder: string
  readonly state: string
}

interface Note {
  readonly demo: RunningProcess
  readonly keeper: RunningProcess | undefined
  readonly groups: readonly RunningProcess[]
}

const KEEPER = fileURLToPath(new URL('keeper.ts', import.meta.url))
/** A live session that is told to stop brings what it read to its end first. */
const END_MS_MAX = 25_000
const LEFT_BEHIND_MS_MAX = 5_000

/** The processes that a demo starts, each in a group of its own, so that none is left when it ends, however it ends. */
export class Household {
  readonly #place: Place
  readonly #keep: boolean
  readonly #keeper: ChildProcess
  readonly #groups: RunningProcess[] = []
  #variables: Readonly<Record<string, string>> = {}
  #closed = false

  private constructor(place: Place, keep: boolean) {
    this.#place = place
    this.#keep = keep
    const { bin, project, state } = place
    this.#keeper = spawn(process.execPath, [KEEPER, '--bin', bin, '--project', project, '--state', state], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.#keeper.stdin?.on('error', () => {})
    this.#keeper.unref()
  }

  /** Ends what an earlier demo left behind, and empties the folder; `keep`: it stays at the end. Refuses while another demo is at work in it. */
  static async enter(place: Place, { keep }: { readonly keep: boolean }): Promise<Household> {
    const earlier = readNote(place)
    if (earlier !== undefined && lives(earlier.demo)) {
      throw new DemoFailure(`A demo is running as process ${earlier.demo.pid}. Stop it first: kill ${earlier.demo.pid}`)
    }
    if (earlier?.keeper !== undefined) signalGroup(earlier.keeper, 'SIGKILL')
    await endGroups(earlier?.groups ?? [], LEFT_BEHIND_MS_MAX)
    if (earlier !== undefined) await stopServices(place)
    rmSync(place.folder, { recursive: true, force: true })
    mkdirSync(place.folder, { recursive: true })
    const household = new Household(place, keep)
    household.#write()
    return household
  }

  /** Starts the pinned Node on a file, in a process group of its own. */
  start(args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const { NODE_OPTIONS: _, ...env } = process.env
    const child = spawn(process.execPath, args, { env: { ...env, ...this.#variables }, ...options, detached: true })
    if (child.pid !== undefined) this.adopt(runningProcess(child.pid))
    return child
  }

  /** Environment variables of the processes that are started from now on. */
  give(variables: Readonly<Record<string, string>>): void {
    this.#variables = { ...this.#variables, ...variables }
  }

  /** Takes a process that leads a group as one of the demo's; ends it at once when the demo has been left meanwhile. */
  adopt(leader: RunningProcess): void {
    if (this.#closed) {
      signalGroup(leader, 'SIGKILL')
      return
    }
    this.#groups.push(leader)
    this.#keeper.stdin?.write(`${JSON.stringify(leader)}\n`)
    this.#write()
  }

  /** Ends everything, stops the services, and deletes the folder unless it is kept; the keeper is told that nothing is left to do. */
  async close(): Promise<void> {
    this.#closed = true
    await endGroups(this.#groups, END_MS_MAX)
    await stopServices(this.#place)
    this.#keeper.stdin?.end('done\n')
    rmSync(noteFile(this.#place), { force: true })
    if (!this.#keep) rmSync(this.#place.folder, { recursive: true, force: true })
  }

  #write(): void {
    const keeper = this.#keeper.pid === undefined ? undefined : runningProcess(this.#keeper.pid)
    const note: Note = { demo: runningProcess(process.pid), keeper, groups: this.#groups.filter(lives) }
    const file = noteFile(this.#place)
    writeFileSync(`${file}.new`, JSON.stringify(note))
    renameSync(`${file}.new`, file)
  }
}

/** Beside the folder, which is emptied while the note must stay. */
function noteFile({ folder }: Place): string {
  mkdirSync(dirname(folder), { recursive: true })
  return join(dirname(folder), 'demo-running.json')
}

function readNote(place: Place): Note | undefined {
  try {
    return JSON.parse(readFileSync(noteFile(place), 'utf8')) as Note
  } catch {
    return undefined
  }
}

function stopServices({ bin, project, state }: Place): Promise<void> {
  const child = spawn(process.execPath, [bin, 'stop', '--project', project, '--state', state], { stdio: 'ignore', detached: true })
  return new Promise((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
}
