import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChild } from '../measure/child.ts'

const KEYS = 1_000_000
const RESTORE_SECONDS_MAX = 5
const COMMIT_P99_MS_MAX = 50

export interface StateFigures {
  readonly keys: number
  readonly about: string
  /** From a start over what the log holds to the first record read. */
  readonly restore: { readonly seconds: number; readonly target: number; readonly met: boolean }
  /** What a commit takes, from the first page that is encoded until it is durable, while keys chosen at random are updated. */
  readonly commit: {
    readonly updates_per_second: number
    readonly commits: number
    readonly p50_ms: number
    readonly p99_ms: number
    readonly max_ms: number
    /** CPU of the thread: what is left where others want the cores too. */
    readonly cpu_p50_ms: number
    readonly cpu_p99_ms: number
    readonly target: number
    readonly met: boolean
  }
  readonly memory: { readonly unit: string; readonly restored: number }
  readonly command: string
}

interface Restored {
  readonly restore_seconds: number
  readonly updates_per_second: number
  readonly commits: number
  readonly p50_ms: number
  readonly p99_ms: number
  readonly max_ms: number
  readonly cpu_p50_ms: number
  readonly cpu_p99_ms: number
}

/** Counts and sums of a million keys: built up in one process, restored and updated in another. */
export async function stateBench(onStep: (text: string) => void): Promise<StateFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-nexmark-state-'))
  try {
    await runChild(['bench/nexmark-state.ts', 'build', folder, String(KEYS)])
    const { stdout, peakBytes } = await runChild(['bench/nexmark-state.ts', 'restore', folder, String(KEYS)])
    const told = JSON.parse(stdout) as Restored
    onStep(`state: restored in ${told.restore_seconds.toFixed(2)} s, commits p99 ${told.p99_ms.toFixed(1)} ms`)
    return {
      keys: KEYS,
      about: 'count, sum and max by int64 key, without a window; four partitions in one thread',
      restore: { seconds: told.restore_seconds, target: RESTORE_SECONDS_MAX, met: told.restore_seconds < RESTORE_SECONDS_MAX },
      commit: {
        updates_per_second: told.updates_per_second,
        commits: told.commits,
        p50_ms: told.p50_ms,
        p99_ms: told.p99_ms,
        max_ms: told.max_ms,
        cpu_p50_ms: told.cpu_p50_ms,
        cpu_p99_ms: told.cpu_p99_ms,
        target: COMMIT_P99_MS_MAX,
        met: told.p99_ms < COMMIT_P99_MS_MAX,
      },
      memory: { unit: 'bytes of RssAnon, peak, all processes', restored: peakBytes },
      command: `node bench/nexmark-state.ts build FOLDER ${KEYS}; node bench/nexmark-state.ts restore FOLDER ${KEYS}`,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
