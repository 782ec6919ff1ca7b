import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { stopServices } from '../src/index.ts'

const script = fileURLToPath(new URL('./member.ts', import.meta.url))
const folders: string[] = []
const children = new Set<Member>()

export interface Reply {
  readonly pid: number
  readonly url: string
  readonly taken: boolean
  readonly won: number[]
  readonly error?: { code: string; message: string }
}

/** A child process that runs `member.ts`. */
export interface Member {
  readonly process: ChildProcessWithoutNullStreams
  /** Its one line; rejects when it ends without. */
  readonly reply: Promise<Reply>
  readonly ended: Promise<number | null>
  tell(line: 'close' | 'exit'): Promise<number | null>
  kill(): Promise<number | null>
}

/** A fresh private folder, as `mktemp -d` makes it. */
export function freshFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(realpathSync(parent), 'millrace-store-'))
  folders.push(folder)
  return folder
}

export function startMember(role: 'open' | 'lease' | 'race' | 'count', stateDir: string, ...args: readonly string[]): Member {
  const child = spawn(process.execPath, [script, role, stateDir, ...args])
  let errors = ''
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString()
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const reply = new Promise<Reply>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line) as Reply))
    void ended.then((status) => reject(new TypeError(`member ended with ${status}: ${errors}`)))
  })
  reply.catch(() => {})
  const member: Member = {
    process: child,
    reply,
    ended,
    tell(line) {
      child.stdin.write(`${line}\n`)
      return ended
    },
    kill() {
      child.kill('SIGKILL')
      return ended
    },
  }
  children.add(member)
  void ended.then(() => children.delete(member))
  return member
}

/** Pids of main PostgreSQL processes whose data folder lies under `folder`. */
export function serversUnder(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return words[0].endsWith('/postgres') && words[1] === '-D' && words[2].startsWith(`${folder}/`)
      } catch {
        return false
      }
    })
}

/** Kills the members that still run. */
export async function endMembers(): Promise<void> {
  await Promise.all([...children].map((member) => member.kill()))
}

/** Ends what the test left, and deletes its folders. */
export async function cleanUp(): Promise<void> {
  await endMembers()
  for (const folder of folders.splice(0)) {
    await stopServices({ stateDir: folder })
    rmSync(folder, { recursive: true, force: true })
  }
}
