import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { endGroups } from '../process/end-group.ts'
import type { RunningProcess } from '../process/running-process.ts'

/**
 * `node keeper.ts --bin FILE --project DIR --state DIR`: outlives the demo when that is killed, and ends what it had started.
 * Standard input is a line for each process group that began; when it ends without the word `done`, the demo is gone.
 */
const { values } = parseArgs({ options: { bin: { type: 'string' }, project: { type: 'string' }, state: { type: 'string' } } })
const { bin, project, state } = values as Record<'bin' | 'project' | 'state', string>
const END_MS_MAX = 5_000

const leaders: RunningProcess[] = []
let done = false
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'done') done = true
  else leaders.push(JSON.parse(line) as RunningProcess)
}
if (!done) {
  await endGroups(leaders, END_MS_MAX)
  spawn(process.execPath, [bin, 'stop', '--project', project, '--state', state], { stdio: 'ignore' })
}
