import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { killGroup } from './process-group.ts'

const script = fileURLToPath(new URL('../../packages/cli/bin/millrace.js', import.meta.url))
/** One view and one rule over access logs: the laws of the kernel are checked on it, without models beside. */
export const WEBLOGS = fileURLToPath(new URL('../project/weblogs', import.meta.url))
/** A command that takes longer than this hangs. */
const COMMAND_MS_MAX = 120_000

/** How a command ended, and what it printed. */
export interface Outcome {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly stdin?: Uint8Array | 'open'
  readonly env?: Readonly<Record<string, string>>
  /** Runs the command under another program, e.g. `['setpriv', '--reuid=65534']`. */
  readonly under?: readonly string[]
  /** Called with every piece of standard error while the command runs. */
  readonly onStderr?: (text: string, child: ChildProcess) => void
}

/** A command that runs in a process group of its own. */
export interface RunningCommand {
  readonly child: ChildProcess
  readonly ended: Promise<Outcome>
}

/** Starts the real command with the Node that runs the tests. */
export function startCommand(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const words = [...(options.under ?? []), process.execPath, script, ...args]
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const child = spawn(words[0], words.slice(1), { detached: true, stdio: 'pipe', env: { ...inherited, ...options.env } })
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text
    options.onStderr?.(text, child)
  })
  child.stdin.on('error', () => {})
  if (options.stdin instanceof Uint8Array) child.stdin.end(options.stdin)
  else if (options.stdin === undefined) child.stdin.end()
  const hanging = setTimeout(() => killGroup(child), COMMAND_MS_MAX)
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => {
      clearTimeout(hanging)
      resolve({ status, signal, ...printed })
    })
  })
  return { child, ended }
}

/** Runs the real command to its end. */
export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  return startCommand(args, options).ended
}
