import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Spread, spreadOf, wholeSpread } from '../measure/spread.ts'
import { inputFile, warm } from './input-file.ts'
import { type OurRun, ourCommand, runOurs } from './ours.ts'
import { type PeerRun, peerCommand, runPeer } from './peer.ts'
import { differingFacts } from './window-facts.ts'

/** Share of the peer's lines per second that must be reached. */
const TARGET = 0.5
/** What the memory of a run is held against. */
const MEMORY_BYTES_MAX = 1.5 * 1024 ** 3
const MEMORY_GROWTH_MAX = 1.2
const MEMORY_LINES = [2_000_000, 20_000_000] as const

export interface WeblogsOptions {
  readonly lines: number
  readonly repeats: number
  /** Also the peak of anonymous memory at 2 M and 20 M lines. */
  readonly memory: boolean
  readonly onStep: (text: string) => void
}

export interface WeblogsResult {
  readonly order: 'interleaved'
  readonly repeats: number
  readonly same_result: boolean
  /** Where the results differ: which facts, ours and the peer's. */
  readonly differences?: unknown
  readonly cases: readonly WeblogsCase[]
  readonly commands: { readonly ours: string; readonly peer: string }
  readonly peer_settings: Readonly<Record<string, unknown>>
  readonly memory?: MemoryResult
}

interface WeblogsCase {
  readonly name: string
  readonly unit: 'lines/s'
  readonly lines: number
  readonly ours: Spread & { readonly cpu_seconds: Spread }
  readonly peer: Spread & { readonly name: 'duckdb'; readonly version: string; readonly cpu_seconds: Spread }
  readonly ratio: number
  readonly target: number
  readonly met: boolean
}

export interface MemoryResult {
  readonly unit: 'bytes of RssAnon, peak, all processes'
  readonly runs: readonly { readonly lines: number; readonly peak: number }[]
  readonly growth: number
  readonly growth_max: number
  readonly limit: number
  readonly met: boolean
}

/** Our whole command and DuckDB alone over the same log, in turn. */
export async function weblogsBench(options: WeblogsOptions): Promise<WeblogsResult> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-peer-'))
  try {
    const input = inputFile(options.lines)
    await warm(input)
    const ours: OurRun[] = []
    const peer: PeerRun[] = []
    for (let repeat = 0; repeat < options.repeats; repeat++) {
      ours.push(await runOurs(input))
      options.onStep(`ours ${ours[repeat].run.seconds.toFixed(2)} s, ${ours[repeat].run.cpuSeconds.toFixed(1)} s of CPU`)
      peer.push(await runPeer(input, folder))
      options.onStep(`peer ${peer[repeat].seconds.toFixed(2)} s, ${peer[repeat].cpuSeconds.toFixed(1)} s of CPU`)
    }
    const result = compared(options, { ours, peer, input })
    return options.memory && result.same_result ? { ...result, memory: await memoryResult(options) } : result
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function compared(options: WeblogsOptions, runs: { ours: readonly OurRun[]; peer: readonly PeerRun[]; input: string }): WeblogsResult {
  const { ours, peer, input } = runs
  const base = {
    order: 'interleaved' as const,
    repeats: options.repeats,
    commands: {
      ours: `node ${ourCommand(input, '<fresh folder>').join(' ')}`,
      peer: `node ${peerCommand(input, '<folder>/windows.parquet').join(' ')}`,
    },
    peer_settings: { statement: 'bench/weblogs.sql', threads: peer[0].threads, others: "DuckDB's defaults, UTC" },
  }
  const differences = ours.flatMap((one, i) =>
    differingFacts(one.facts, peer[i].facts).map((name) => ({ repeat: i, fact: name, ours: one.facts[name], peer: peer[i].facts[name] })),
  )
  const short = ours
    .filter(({ lines }) => lines !== options.lines)
    .map(({ lines }) => ({ fact: 'lines', ours: lines, peer: options.lines }))
  if (differences.length + short.length > 0) return { ...base, same_result: false, differences: [...differences, ...short], cases: [] }
  return { ...base, same_result: true, cases: [caseOf(options.lines, ours, peer)] }
}

function caseOf(lines: number, ours: readonly OurRun[], peer: readonly PeerRun[]): WeblogsCase {
  const mine = wholeSpread(ours.map(({ run }) => lines / run.seconds))
  const theirs = wholeSpread(peer.map(({ seconds }) => lines / seconds))
  const ratio = Math.round((mine.median / theirs.median) * 1000) / 1000
  return {
    name: 'ingest, windows, Iceberg',
    unit: 'lines/s',
    lines,
    ours: { ...mine, cpu_seconds: spreadOf(ours.map(({ run }) => run.cpuSeconds)) },
    peer: { name: 'duckdb', version: peer[0].version, ...theirs, cpu_seconds: spreadOf(peer.map(({ cpuSeconds }) => cpuSeconds)) },
    ratio,
    target: TARGET,
    met: ratio >= TARGET,
  }
}

/** The large log is deleted again: it is 3.6 GB. */
async function memoryResult({ onStep, lines }: WeblogsOptions): Promise<MemoryResult> {
  const runs: { lines: number; peak: number }[] = []
  for (const count of MEMORY_LINES) {
    const input = inputFile(count)
    try {
      const { run } = await runOurs(input)
      runs.push({ lines: count, peak: run.peakBytes })
      onStep(`${count} lines: ${Math.round(run.peakBytes / 1024 ** 2)} MiB in ${run.seconds.toFixed(1)} s`)
    } finally {
      if (count !== lines) rmSync(input, { force: true })
    }
  }
  const growth = Math.round((runs[1].peak / runs[0].peak) * 1000) / 1000
  return {
    unit: 'bytes of RssAnon, peak, all processes',
    runs,
    growth,
    growth_max: MEMORY_GROWTH_MAX,
    limit: MEMORY_BYTES_MAX,
    met: growth <= MEMORY_GROWTH_MAX && runs.every(({ peak }) => peak <= MEMORY_BYTES_MAX),
  }
}
