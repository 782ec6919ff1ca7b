import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Kills a detached child and everything in its process group with SIGKILL. False: it was gone. */
export function killGroup(child: ChildProcess): boolean {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return false
  return signal(-child.pid)
}

/** Kills the PostgreSQL processes of a state folder with SIGKILL, the server first; says how many there were. */
export function killPostgres(stateDir: string): number {
  const server = serverOf(stateDir)
  if (server === undefined) return 0
  const all = [server, ...childrenOf(server)]
  return all.filter(signal).length
}

/** The main PostgreSQL process whose data lies in the state folder. */
export function serverOf(stateDir: string): number | undefined {
  return processes().find((pid) => {
    const words = proc(pid, 'cmdline').split('\0')
    return words[0].endsWith('/postgres') && words[1] === '-D' && words[2].startsWith(`${stateDir}/`)
  })
}

function childrenOf(parent: number): number[] {
  return processes().filter((pid) => proc(pid, 'stat').split(') ').at(-1)?.split(' ')[1] === String(parent))
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function proc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function signal(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}
