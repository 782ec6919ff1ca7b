import { readFileSync } from 'node:fs'

/** One process: its id is given to another after its end, together with the start time it is not. */
export interface RunningProcess {
  readonly pid: number
  /** Clock ticks since boot; empty where there is no /proc, then only the id counts. */
  readonly startTime: string
}

export function runningProcess(pid: number): RunningProcess {
  return { pid, startTime: statOf(pid)?.startTime ?? '' }
}

/** Whether that very process lives; one that only waits to be reaped does not. */
export function lives({ pid, startTime }: RunningProcess): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const stat = statOf(pid)
  return stat === undefined || (stat.state !== 'Z' && (startTime === '' || startTime === stat.startTime))
}

/** Sends a signal to everything in the process group that this process leads, if it lives. */
export function signalGroup(leader: RunningProcess, signal: NodeJS.Signals): void {
  if (!lives(leader)) return
  try {
    process.kill(-leader.pid, signal)
  } catch {
    // It ended between the look and the signal.
  }
}

function statOf(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name may hold spaces and brackets, so the fields are counted from its last bracket.
    const rest = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: rest[0], startTime: rest[19] }
  } catch {
    return undefined
  }
}
