import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Who holds the writer lease of an environment. */
export interface WriterReport {
  readonly pid: number
  readonly command: string | undefined
  readonly since: string | undefined
}

/** The live holder of the lease, looked at without taking part in it: claims are files named `<pid>-<start>-<boot>-<unique>.claim`. */
export function writerOf(stateDir: string, env: string): WriterReport | undefined {
  const folder = join(stateDir, 'lease', encodeURIComponent(env))
  for (const file of namesIn(folder)) {
    const [pid, start] = file.split('-')
    if (!file.endsWith('.claim') || !isAlive(Number(pid), start)) continue
    return { pid: Number(pid), ...noteIn(join(folder, file.replace(/\.claim$/, '.held'))) }
  }
  return undefined
}

function isAlive(pid: number, start: string | undefined): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state !== 'Z' && state !== 'X' && (start === '' || rest[18] === start)
  } catch {
    return start === '' && signalReaches(pid)
  }
}

/** Where there is no /proc, only the process number counts. */
function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function noteIn(path: string): { command: string | undefined; since: string | undefined } {
  try {
    const { command, since } = JSON.parse(readFileSync(path, 'utf8')) as { command: string; since: string }
    return { command, since }
  } catch {
    return { command: undefined, since: undefined }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
