import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChildRun, runChild } from '../measure/child.ts'
import { factsOf, factsSql, type WindowFacts } from './window-facts.ts'

const COMMAND = 'packages/cli/bin/millrace.js'
const PROJECT = ['--project', 'test/project/weblogs']

export interface OurRun {
  readonly run: ChildRun
  /** Lines that the command says it read. */
  readonly lines: number
  readonly facts: WindowFacts
}

/** Arguments of our process. */
export function ourCommand(input: string, state: string): readonly string[] {
  return [COMMAND, 'run', ...PROJECT, '--state', state, '--input', input, '--json']
}

/** The whole command over a fresh state folder, and then, not timed, what its windows hold. */
export async function runOurs(input: string): Promise<OurRun> {
  const state = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  try {
    const run = await runChild(ourCommand(input, state))
    const { stdout } = await runChild([COMMAND, 'sql', factsSql('ip_activity'), ...PROJECT, '--state', state, '--input', input, '--json'])
    await runChild([COMMAND, 'stop', ...PROJECT, '--state', state])
    const { rows } = JSON.parse(stdout) as { rows: unknown[][] }
    const { input: read } = JSON.parse(run.stdout) as { input: { lines: number } }
    return { run, lines: read.lines, facts: factsOf(rows[0]) }
  } finally {
    rmSync(state, { recursive: true, force: true })
  }
}
