import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import { addClaim, type Claim, claimAlone, liveClaims, tryClaimAlone, writing } from '../process/claim.ts'
import { serverAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { clusterDatabase, clusterUser, ensureCluster, readPassword } from './cluster.ts'
import { findHome, type Home, prepareHome } from './home.ts'
import { isServerOf, runningServer, type ServerState } from './postmaster.ts'
import { signalServer, startServer, stopServer } from './server.ts'

/**
 * Who uses the embedded server of a state folder. One server, started by the first member, stopped by the last:
 * 1. A member adds its claim in `users/`, then looks at `lock/`. No lock and a ready server: it goes in (no lock taken).
 * 2. Otherwise it takes the lock, starts or adopts the server, and gives the lock back.
 * 3. A leaver withdraws its claim; when no other is left it takes the lock, looks at `users/` again, and stops the server
 *    unless `keep` is there. By 1 a newcomer either is seen by that look or sees the lock.
 */
export interface Membership {
  /** URL of the running server. `again` after a connection failed: looks under the lock. */
  url(again?: boolean): Promise<string>
  leave(): Promise<void>
}

/** What is known of a state folder's embedded server. */
export interface ServerStatus {
  readonly running: boolean
  readonly pid?: number
  readonly port?: number
  readonly url?: string
  /** Pids of the processes that use it. */
  readonly users: number[]
  /** Whether `millrace start` asked that it stays. */
  readonly kept: boolean
}

const lockWaitMsMax = 120_000

const members = new Set<() => void>()
let listening = false

/** Joins the users of the embedded server of `stateDir`. */
export function joinServer(stateDir: string): Membership {
  const control = findHome(stateDir).control
  const claim = addClaim(join(control, 'users'))
  let last: { server: ServerState; data: string } | undefined
  const leaveNow = () => leaveAtExit(stateDir, claim)
  members.add(leaveNow)
  leaveMembersAtExit()
  return {
    async url(again = false) {
      const server = (again ? undefined : readyServer(stateDir)) ?? (await locked(stateDir, () => ensureServer(stateDir)))
      const home = findHome(stateDir)
      last = { server, data: home.data }
      return serverUrl(home, server)
    },
    async leave() {
      members.delete(leaveNow)
      claim.release()
      // The state folder was deleted under the server: nobody else will find it any more.
      if (!existsSync(control)) {
        if (last !== undefined && isServerOf(last.server.pid, last.data)) signalServer(last.server, 'SIGQUIT')
      } else if (isUnused(stateDir)) {
        await locked(stateDir, async () => {
          if (isUnused(stateDir)) await stop(stateDir)
        })
      }
    },
  }
}

/** From now on (or no longer) the server stays when its last user leaves. The caller is a member or holds the lock. */
export function markKept(stateDir: string, kept: boolean): void {
  const path = keepPath(stateDir)
  if (kept) writing(path, () => writeFileSync(path, ''))
  else rmSync(path, { force: true })
}

/** Stops the embedded server whoever uses it; `users` are the pids that did. */
export async function stopForAll(stateDir: string): Promise<{ stopped: boolean; users: number[] }> {
  if (!existsSync(findHome(stateDir).control)) return { stopped: false, users: [] }
  return locked(stateDir, async () => {
    const users = userPids(stateDir)
    markKept(stateDir, false)
    return { stopped: await stop(stateDir), users }
  })
}

/** Looks without changing anything. */
export function serverStatus(stateDir: string): ServerStatus {
  const home = findHome(stateDir)
  const server = runningServer(home.data)
  const shared = { users: userPids(stateDir), kept: existsSync(keepPath(stateDir)) }
  if (server?.status !== 'ready') return { running: false, ...shared }
  return { running: true, pid: server.pid, port: server.port, url: serverUrl(home, server), ...shared }
}

function readyServer(stateDir: string): ServerState | undefined {
  const home = findHome(stateDir)
  if (liveClaims(lockPath(home.control)).length > 0) return undefined
  const server = runningServer(home.data)
  return server?.status === 'ready' ? server : undefined
}

async function ensureServer(stateDir: string): Promise<ServerState> {
  const account = serverAccount(findHome(stateDir).data)
  const home = await prepareHome(stateDir, account)
  const running = runningServer(home.data)
  if (running?.status === 'ready') return running
  const binaries = findBinaries(home.home, account)
  await ensureCluster(home, binaries, account)
  return startServer({ home: home.home, data: home.data, binaries, account })
}

async function stop(stateDir: string): Promise<boolean> {
  const home = findHome(stateDir)
  if (runningServer(home.data) === undefined) return false
  const pgCtl = process.platform === 'win32' ? findBinaries(home.home, undefined).pgCtl : undefined
  return stopServer(home.data, pgCtl)
}

async function locked<T>(stateDir: string, work: () => Promise<T>): Promise<T> {
  const folder = lockPath(findHome(stateDir).control)
  const result = await claimAlone(folder, { command: process.argv.slice(1, 3).join(' '), waitMs: lockWaitMsMax })
  if (!('claim' in result))
    throw operatingError(
      'store/locked',
      `Process ${result.holder.pid} has been starting or stopping the database of ${stateDir} for over ${lockWaitMsMax / 1000} s.`,
      {
        asked: stateDir,
        found: result.holder,
        do: `See what process ${result.holder.pid} does; stop it if it hangs.`,
      },
    )
  try {
    return await work()
  } finally {
    result.claim.release()
  }
}

/** The same as `leave` for a process that ends without it: one try, no waiting. */
function leaveAtExit(stateDir: string, claim: Claim): void {
  claim.release()
  const home = findHome(stateDir)
  if (!existsSync(home.control) || !isUnused(stateDir)) return
  const lock = tryClaimAlone(lockPath(home.control), 'exit')
  if (!('claim' in lock)) return
  const server = runningServer(home.data)
  if (server !== undefined && isUnused(stateDir)) signalServer(server, 'SIGINT')
  lock.claim.release()
}

function leaveMembersAtExit(): void {
  if (listening) return
  listening = true
  process.once('exit', () => {
    for (const leaveNow of members) leaveNow()
  })
}

function isUnused(stateDir: string): boolean {
  return userPids(stateDir).length === 0 && !existsSync(keepPath(stateDir))
}

function userPids(stateDir: string): number[] {
  return liveClaims(join(findHome(stateDir).control, 'users')).map((claim) => claim.pid)
}

function lockPath(control: string): string {
  return join(control, 'lock')
}

function keepPath(stateDir: string): string {
  return join(findHome(stateDir).control, 'keep')
}

function serverUrl(home: Home, server: ServerState): string {
  return `postgresql://${clusterUser}:${readPassword(home)}@127.0.0.1:${server.port}/${clusterDatabase}`
}
