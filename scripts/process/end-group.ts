import { setTimeout as sleep } from 'node:timers/promises'
import { lives, type RunningProcess, signalGroup } from './running-process.ts'

const LOOK_MS = 50

/** Asks groups to end, waits for their leaders, and kills those that are still there after `waitMsMax`. */
export async function endGroups(leaders: readonly RunningProcess[], waitMsMax: number): Promise<void> {
  for (const leader of leaders) signalGroup(leader, 'SIGTERM')
  const until = Date.now() + waitMsMax
  while (leaders.some(lives) && Date.now() < until) await sleep(LOOK_MS)
  for (const leader of leaders) signalGroup(leader, 'SIGKILL')
}
