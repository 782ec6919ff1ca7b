import { readFileSync } from 'node:fs'

/**
 * One process of one boot of this machine. A pid alone is reused; with the start time and the boot id it is not.
 * `startTime` (clock ticks since boot) and `bootId` are empty where there is no /proc: then only the pid counts.
 */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTime: string
  readonly bootId: string
}

interface ProcessStat {
  readonly command: string
  readonly state: string
  readonly startTime: string
}

let own: ProcessIdentity | undefined

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  own ??= { pid: process.pid, startTime: processStat(process.pid)?.startTime ?? '', bootId: currentBootId() }
  return own
}

/** Whether that very process still lives. A zombie does not. */
export function isRunning(identity: ProcessIdentity): boolean {
  const bootId = currentBootId()
  if (identity.bootId !== '' && bootId !== '' && identity.bootId !== bootId) return false
  if (!pidExists(identity.pid)) return false
  const stat = processStat(identity.pid)
  if (stat === undefined) return pidExists(identity.pid)
  if (stat.state === 'Z' || stat.state === 'X') return false
  return identity.startTime === '' || identity.startTime === stat.startTime
}

/** Whether any process has this pid, whoever owns it. */
export function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Name, state and start time from `/proc/<pid>/stat`; undefined without /proc or without the process. */
export function processStat(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  const open = text.indexOf('(')
  // The name may hold spaces and brackets, so the fields are counted from its last bracket.
  const close = text.lastIndexOf(')')
  const rest = text.slice(close + 2).split(' ')
  return { command: text.slice(open + 1, close), state: rest[0], startTime: rest[19] }
}

function currentBootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim().replaceAll('-', '') ?? ''
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
