import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import { ProcessTree } from './process-tree.ts'

export const ROOT = join(import.meta.dirname, '..', '..')

/** What one run of a child process took. */
export interface ChildRun {
  readonly stdout: string
  /** From start to exit. */
  readonly seconds: number
  /** CPU of the process and all it started. */
  readonly cpuSeconds: number
  /** Peak of anonymous memory, summed over the process and all it started. */
  readonly peakBytes: number
}

/** Runs a file on this Node from the repository's root and waits for its end. @throws `bench/child-failed` */
export async function runChild(args: readonly string[]): Promise<ChildRun> {
  const started = performance.now()
  const child = spawn(process.execPath, [...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const tree = new ProcessTree(child.pid ?? 0)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const seconds = (performance.now() - started) / 1000
  tree.stop()
  if (code !== 0) {
    throw operatingError('bench/child-failed', `\`node ${args.join(' ')}\` ended with status ${code}: ${stderr.trim() || stdout.trim()}`, {
      asked: args.join(' '),
      found: code,
      do: 'Run it alone to see what is wrong.',
    })
  }
  return { stdout, seconds, cpuSeconds: tree.cpuSeconds, peakBytes: tree.peakBytes }
}
