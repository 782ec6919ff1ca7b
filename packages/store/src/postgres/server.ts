import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type MillraceError, operatingError } from '@millrace/core'
import { type Account, asAccount } from './account.ts'
import type { Binaries } from './binaries.ts'
import { isServerOf, neutralizeStalePid, readLines, runningServer, type ServerState } from './postmaster.ts'

interface StartOptions {
  readonly home: string
  readonly data: string
  readonly binaries: Binaries
  readonly account: Account | undefined
}

const pollMs = 5
/** Recovery after kill -9 replays at most `max_wal_size` of log. */
const startMsMax = 60_000
const stopFastMsMax = 20_000
const stopImmediateMsMax = 10_000
/** Orphaned children of a killed server, or a port lost between look and use, pass within this time. */
const startRetryMsMax = 15_000
const startRetryMs = 100
const logBytesMax = 1 << 20

const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=50',
  'fsync=on',
  'shared_buffers=32MB',
  'huge_pages=off',
  'dynamic_shared_memory_type=mmap',
  'jit=off',
  'io_method=sync',
  'max_wal_size=256MB',
  'min_wal_size=32MB',
  'max_parallel_workers_per_gather=0',
  'max_logical_replication_workers=0',
  'timezone=UTC',
  'log_timezone=UTC',
  'log_min_messages=log',
  'log_min_error_statement=panic',
  'log_checkpoints=off',
]

/** Starts a detached server that outlives this process, or finds the one that is starting; answers when it takes connections. */
export async function startServer(options: StartOptions): Promise<ServerState> {
  const deadline = performance.now() + startRetryMsMax
  for (;;) {
    const running = runningServer(options.data)
    if (running?.status === 'stopping') await waitForEnd(running.pid, options.data, stopFastMsMax)
    else if (running !== undefined) return await waitUntilReady(options.data)
    neutralizeStalePid(options.data)
    const failure = await launch(options)
    if (failure === undefined) return await waitUntilReady(options.data)
    if (!isPassing(failure) || performance.now() > deadline) throw startFailed(options, failure)
    await sleep(startRetryMs)
  }
}

/** Stops the server of `data`: fast (clients are disconnected), and when that hangs at once. False: none was running. */
export async function stopServer(data: string, pgCtl?: string): Promise<boolean> {
  const server = runningServer(data)
  if (server === undefined) return false
  signalServer(server, 'SIGINT', { data, pgCtl })
  if (await waitForEnd(server.pid, data, stopFastMsMax)) return true
  signalServer(server, 'SIGQUIT', { data, pgCtl })
  if (await waitForEnd(server.pid, data, stopImmediateMsMax)) return true
  throw operatingError(
    'store/stop-failed',
    `PostgreSQL (process ${server.pid}) did not stop within ${(stopFastMsMax + stopImmediateMsMax) / 1000} s.`,
    {
      asked: data,
      found: server,
      do: `Look at its log beside ${data}, then stop process ${server.pid} by hand.`,
    },
  )
}

/** Asks the server to end: SIGINT fast, SIGQUIT at once. Windows has no signals, there `pg_ctl` does it. */
export function signalServer(
  server: ServerState,
  signal: 'SIGINT' | 'SIGQUIT',
  windows?: { data: string; pgCtl: string | undefined },
): void {
  if (process.platform === 'win32' && windows?.pgCtl !== undefined) {
    spawn(windows.pgCtl, ['stop', '-D', windows.data, '-m', signal === 'SIGINT' ? 'fast' : 'immediate', '-W'], { stdio: 'ignore' })
    return
  }
  try {
    process.kill(server.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return
    throw operatingError(
      'store/not-owner',
      `PostgreSQL (process ${server.pid}) belongs to another user and cannot be stopped by this one.`,
      {
        asked: server.pid,
        found: (error as Error).message,
        do: 'Stop it as the user who started it.',
        cause: error,
      },
    )
  }
}

/** Starts the server process once. Undefined: it runs, or another does; else what it said before it ended. */
async function launch({ home, data, binaries, account }: StartOptions): Promise<string | undefined> {
  const port = await choosePort(home)
  writeFileSync(join(home, 'port'), String(port))
  const logPath = join(home, 'server.log')
  if ((statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > logBytesMax) renameSync(logPath, `${logPath}.1`)
  const logStart = statSync(logPath, { throwIfNoEntry: false })?.size ?? 0
  const log = openSync(logPath, 'a', 0o600)
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  const child = spawn(binaries.postgres, args, {
    ...asAccount(account),
    cwd: home,
    detached: true,
    stdio: ['ignore', log, log],
    env: serverEnvironment(),
  })
  closeSync(log)
  let ended: string | undefined
  child.once('error', (error) => {
    ended = error.message
  })
  child.once('exit', (code, signal) => {
    ended = `it ended with ${signal ?? `status ${code}`}`
  })
  child.unref()
  const deadline = performance.now() + startMsMax
  while (performance.now() < deadline) {
    if (ended !== undefined) return `${readFileSync(logPath, 'utf8').slice(logStart).trim()}\n${ended}`
    if (runningServer(data)?.status === 'ready') return undefined
    await sleep(pollMs)
  }
  return `it was not ready after ${startMsMax / 1000} s`
}

async function waitUntilReady(data: string): Promise<ServerState> {
  const deadline = performance.now() + startMsMax
  while (performance.now() < deadline) {
    const server = runningServer(data)
    if (server === undefined) break
    if (server.status === 'ready') return server
    await sleep(pollMs)
  }
  throw operatingError('store/server-failed', `PostgreSQL in ${data} began to start and did not become ready.`, {
    asked: data,
    found: runningServer(data) ?? 'no process',
    do: 'See server.log beside it, then try again.',
  })
}

async function waitForEnd(pid: number, data: string, msMax: number): Promise<boolean> {
  const deadline = performance.now() + msMax
  while (performance.now() < deadline) {
    if (!isServerOf(pid, data)) return true
    await sleep(pollMs)
  }
  return false
}

/** The last port where it is free, so that URLs last; else any free one. */
async function choosePort(home: string): Promise<number> {
  const last = Number(readLines(join(home, 'port'))?.[0] ?? 0)
  return (await tryPort(last)) ?? (await tryPort(0)) ?? 0
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(undefined))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}

function isPassing(failure: string): boolean {
  return /pre-existing shared memory block|lock file "postmaster.pid"|could not bind|could not create any TCP\/IP sockets|Address already in use/.test(
    failure,
  )
}

function startFailed({ home, data }: StartOptions, failure: string): MillraceError {
  return operatingError('store/server-failed', `PostgreSQL did not start in ${data}: ${failure.split('\n').slice(-4).join(' ')}.`, {
    asked: data,
    found: failure,
    do: `See ${join(home, 'server.log')}, or give a server with --database URL.`,
  })
}

/** Only what the server needs, so that no PG… variable of the caller changes it. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, LC_ALL: 'C', TZ: 'UTC' }
}
