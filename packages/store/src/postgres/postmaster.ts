import { execFileSync } from 'node:child_process'
import { chownSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import { pidExists, processStat } from '../process/identity.ts'

/** Above every possible pid. */
const noPid = 1 << 30

/** A PostgreSQL server as its own `postmaster.pid` tells it: no crash can fall between the server and that record. */
export interface ServerState {
  readonly pid: number
  readonly port: number
  /** `starting`, `ready`, `stopping`. */
  readonly status: string
}

/** The living server of `data`, or undefined. A stale file, a reused pid and a file copied from elsewhere do not count. */
export function runningServer(data: string): ServerState | undefined {
  const lines = readLines(join(data, 'postmaster.pid'))
  const pid = Number(lines?.[0])
  if (lines === undefined || !Number.isSafeInteger(pid) || pid <= 0 || !isServerOf(pid, data)) return undefined
  return { pid, port: Number(lines[3] ?? 0), status: lines[7]?.trim() || 'starting' }
}

/**
 * PostgreSQL refuses to start when the pid in a stale file now is some other process. The pid is replaced by one that
 * cannot be; the rest stays, since from it PostgreSQL sees whether children of the killed server still write.
 */
export function neutralizeStalePid(data: string): void {
  const path = join(data, 'postmaster.pid')
  const lines = readLines(path)
  if (lines === undefined || !pidExists(Number(lines[0]))) return
  const fresh = `${path}.stale`
  const { uid, gid } = statSync(data)
  writeFileSync(fresh, [String(noPid), ...lines.slice(1)].join('\n'), { mode: 0o600 })
  if (process.getuid?.() === 0) chownSync(fresh, uid, gid)
  renameSync(fresh, path)
}

/** Whether process `pid` is the server that works in `data` (or did, when the folder is gone). */
export function isServerOf(pid: number, data: string): boolean {
  if (!pidExists(pid)) return false
  const stat = processStat(pid)
  if (stat === undefined) return listedCommand(pid)?.includes(data) ?? pidExists(pid)
  if (stat.command !== 'postgres' || stat.state === 'Z' || stat.state === 'X') return false
  // A server works in its data folder; /proc shows that to its owner only, and the command line to everyone.
  return sameFolder(`/proc/${pid}/cwd`, data) ?? commandLine(pid).includes(data)
}

function sameFolder(link: string, folder: string): boolean | undefined {
  try {
    const [a, b] = [statSync(link), statSync(folder)]
    return a.dev === b.dev && a.ino === b.ino
  } catch {
    return undefined
  }
}

/** Where there is no /proc (macOS), `ps` knows the command line; where that fails too, the pid must do. */
function listedCommand(pid: number): string | undefined {
  if (process.platform === 'win32') return undefined
  try {
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return undefined
  }
}

function commandLine(pid: number): readonly string[] {
  return readLines(`/proc/${pid}/cmdline`, '\0') ?? []
}

/** The lines of a small file; undefined when it is not there. */
export function readLines(path: string, separator = '\n'): string[] | undefined {
  try {
    return readFileSync(path, 'utf8').split(separator)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (['ENOENT', 'ENOTDIR', 'ESRCH'].includes(code)) return undefined
    if (code !== 'EACCES' && code !== 'EPERM') throw error
    throw operatingError('store/not-owner', `${path} belongs to another user, so this one cannot use the database there.`, {
      asked: path,
      found: code,
      do: 'Run as the user who made the state folder (or as root), or choose another one with --state.',
      cause: error,
    })
  }
}
