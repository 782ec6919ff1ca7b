import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { operatingError } from '@millrace/core'
import { endGroups } from '../process/end-group.ts'
import { lives, type RunningProcess, runningProcess } from '../process/running-process.ts'

const POLL_MS = 100
/** A server that ends is seen at once; one that only begins slowly, on a busy machine, is waited for. */
const READY_MS_MAX = 300_000
const STOP_MS_MAX = 30_000
const LOG_CHARS_SHOWN = 1_500

/** A Java process of a server: how it is started and where its files are. */
export interface ServerProcess {
  /** Names the log and the file with the process id. */
  readonly name: string
  /** Folder of the server; it holds `log/` and `pid/`, and is the process's working folder. */
  readonly folder: string
  /** What follows `java`. */
  readonly args: readonly string[]
}

/** What Java processes log, and how: to their output, which is the log. */
const LOGGING = `rootLogger.level = info
rootLogger.appenderRef.stdout.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %m (%c{1})%n
`

/** Puts the settings of a process's logging into a folder. */
export function writeLogging(folder: string): void {
  writeFileSync(join(folder, 'log4j2.properties'), LOGGING)
}

const pidFile = ({ folder, name }: Pick<ServerProcess, 'folder' | 'name'>): string => join(folder, 'pid', `${name}.json`)
export const logFile = ({ folder, name }: Pick<ServerProcess, 'folder' | 'name'>): string => join(folder, 'log', `${name}.log`)

/** The process of a server as its file tells, when it lives. */
export function runningServer(server: Pick<ServerProcess, 'folder' | 'name'>): RunningProcess | undefined {
  const file = pidFile(server)
  if (!existsSync(file)) return undefined
  const found = JSON.parse(readFileSync(file, 'utf8')) as RunningProcess
  return lives(found) ? found : undefined
}

/** Starts a server in a process group of its own, which outlives this process. Its output goes to its log. */
export function startServer(server: ServerProcess): RunningProcess {
  for (const name of ['log', 'pid']) mkdirSync(join(server.folder, name), { recursive: true })
  const log = openSync(logFile(server), 'w')
  const child = spawn('java', server.args, { cwd: server.folder, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  if (child.pid === undefined) throw operatingError('cluster/not-started', `${server.name} could not be started.`, { asked: server.name })
  child.unref()
  const started = runningProcess(child.pid)
  writeFileSync(pidFile(server), JSON.stringify(started))
  return started
}

/** Waits until a server says that it is ready; fails with the end of its log when it ends or takes too long. */
export async function untilReady(server: ServerProcess, ready: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + READY_MS_MAX
  while (!(await ready())) {
    const dead = runningServer(server) === undefined
    if (dead || Date.now() > until) {
      const log = logFile(server)
      throw operatingError(
        'cluster/not-ready',
        `${server.name} ${dead ? 'ended' : `was not ready within ${READY_MS_MAX / 1000} s`}; its log ${log} ends with:\n${readFileSync(log, 'utf8').slice(-LOG_CHARS_SHOWN)}`,
        { asked: server.name, found: log, do: 'See the log: a port in use and a folder of another version are the usual reasons.' },
      )
    }
    await sleep(POLL_MS)
  }
}

/** Stops servers by their process ids, those that live. Returns their names. */
export async function stopServers(servers: readonly Pick<ServerProcess, 'folder' | 'name'>[]): Promise<readonly string[]> {
  const running = servers.flatMap((server) => {
    const found = runningServer(server)
    return found === undefined ? [] : [{ server, found }]
  })
  await endGroups(
    running.map(({ found }) => found),
    STOP_MS_MAX,
  )
  for (const server of servers) rmSync(pidFile(server), { force: true })
  return running.map(({ server }) => server.name)
}

/** Whether somebody listens on a port of this machine. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

/** What a JSON page of a server holds, or undefined while it does not answer. */
export async function jsonAt(url: string): Promise<Record<string, unknown> | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return response.ok ? ((await response.json()) as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
