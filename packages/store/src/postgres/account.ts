import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { operatingError } from '@millrace/core'

/** The user a server runs as when this process is root, since PostgreSQL refuses to run as root. */
export interface Account {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

const serverUser = 'postgres'
const createdUser = 'millrace'
const lastResortUser = 'nobody'

/** Whether servers must be started under another account. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * The account for a cluster: the owner of `dataDir` where it exists, else the user `postgres`, else a system user made
 * for this, else `nobody`. Undefined: this process is not root and runs the server itself.
 */
export function serverAccount(dataDir: string): Account | undefined {
  if (!isRoot()) return undefined
  const owner = statSync(dataDir, { throwIfNoEntry: false })
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: `uid ${owner.uid}` }
  const account = lookUp(serverUser) ?? lookUp(createdUser) ?? createUser() ?? lookUp(lastResortUser)
  if (account !== undefined) return account
  throw operatingError('store/no-account', 'PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as.', {
    asked: serverUser,
    found: 'no such user',
    do: 'Create a user called postgres, run as a plain user, or give a server with --database URL.',
  })
}

/** The nearest folder at or above `path` that the account may not pass through, or undefined when it reaches `path`. */
export function impassable(path: string, account: Account): string | undefined {
  const parent = dirname(path)
  const above = parent === path ? undefined : impassable(parent, account)
  return above ?? (mayPass(path, account) ? undefined : path)
}

/** The child's user, for `spawn`. */
export function asAccount(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid }
}

function mayPass(folder: string, account: Account): boolean {
  const { uid, gid, mode } = statSync(folder)
  if (uid === account.uid) return (mode & 0o100) !== 0
  if (gid === account.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}

function lookUp(name: string): Account | undefined {
  const uid = numberFrom(['-u', name])
  const gid = numberFrom(['-g', name])
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { uid, gid, name }
}

function numberFrom(args: readonly string[]): number | undefined {
  try {
    return Number.parseInt(execFileSync('id', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }), 10)
  } catch {
    return undefined
  }
}

function createUser(): Account | undefined {
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', createdUser], {
      stdio: 'ignore',
    })
  } catch {
    // Another process may have made it at the same moment, or the system has no useradd; the look-up tells.
  }
  return lookUp(createdUser)
}
