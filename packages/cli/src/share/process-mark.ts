import { readlinkSync } from 'node:fs'
import type { ProcessMark } from '@millrace/engine-stream'
import { isRunning, ownIdentity } from '@millrace/store/process'

/** What this process is told by among those that share partitions. */
export function ownMark(): ProcessMark {
  const { pid, startTime, bootId } = ownIdentity()
  return { pid, start: startTime, boot: bootId, namespace: pidNamespace() }
}

/** Whether the process is known to have ended. Of one in another container nothing is known: process numbers there are others. */
export function isGone({ pid, start, boot, namespace }: ProcessMark): boolean {
  if (namespace !== pidNamespace()) return false
  return !isRunning({ pid: Number(pid), startTime: String(start), bootId: String(boot) })
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
