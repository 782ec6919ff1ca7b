import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** What a benchmark ran on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memory_bytes: number
  readonly node: string
  /** Load average of the last minute when the benchmark began: above 0 others wanted the cores too. */
  readonly load_before: number
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory_bytes: totalmem(),
    node: process.versions.node,
    load_before: Math.round(loadavg()[0] * 100) / 100,
  }
}
