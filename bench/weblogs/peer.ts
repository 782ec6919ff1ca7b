import { join } from 'node:path'
import { runChild } from '../measure/child.ts'
import type { WindowFacts } from './window-facts.ts'

export interface PeerRun {
  /** Opening DuckDB and the whole of `bench/weblogs.sql`; the start of Node is left out. */
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakBytes: number
  readonly facts: WindowFacts
  readonly version: string
  readonly threads: number
}

/** Arguments of the peer's process, for a reader who wants to run it alone. */
export function peerCommand(input: string, output: string): readonly string[] {
  return ['bench/weblogs-peer.ts', input, output]
}

/** DuckDB alone: reads the log, counts in hopping windows, writes Parquet. */
export async function runPeer(input: string, folder: string): Promise<PeerRun> {
  const { stdout, cpuSeconds, peakBytes } = await runChild(peerCommand(input, join(folder, 'windows.parquet')))
  return { ...(JSON.parse(stdout) as Omit<PeerRun, 'cpuSeconds' | 'peakBytes'>), cpuSeconds, peakBytes }
}
