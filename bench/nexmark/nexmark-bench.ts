import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QUERIES } from '../../examples/nexmark/query/index.ts'
import { type ChildRun, runChild } from '../measure/child.ts'
import { type Spread, spreadOf, wholeSpread } from '../measure/spread.ts'
import { type EventFiles, eventFiles } from './event-files.ts'
import { type StateFigures, stateBench } from './state-bench.ts'

export interface NexmarkOptions {
  readonly events: number
  readonly repeats: number
  /** Names of the queries to run; all where absent. */
  readonly only?: readonly string[]
  readonly onStep: (text: string) => void
}

interface NexmarkCase {
  readonly name: string
  readonly about: string
  readonly unit: 'events/s'
  readonly events: number
  readonly ours: Spread & { readonly cpu_seconds: Spread }
  /** Ours out of the peer's Parquet files, without a log: on one thread, nothing is written durably. */
  readonly from_parquet: Spread & { readonly cpu_seconds: Spread }
  readonly peer: Spread & { readonly name: 'duckdb'; readonly version: string; readonly cpu_seconds: Spread }
  readonly ratio: number
  /** The peer's CPU time by ours: what is left of the ratio where others want the cores too. */
  readonly cpu_ratio: number
  /** There is none: the figures say where the engines stand. */
  readonly target: null
  readonly met: null
  /** Rows in the answer, and records that the stream wrote until it stood. */
  readonly rows: string
  readonly written: number
}

export interface NexmarkResult {
  readonly order: 'interleaved'
  readonly repeats: number
  readonly same_result: boolean
  /** By query where the answers differ: ours and the peer's. */
  readonly differences?: readonly object[]
  readonly cases: readonly NexmarkCase[]
  readonly commands: { readonly ours: string; readonly from_parquet: string; readonly peer: string }
  readonly peer_settings: object
  readonly memory: {
    readonly unit: string
    readonly queries: readonly { name: string; ours: number; from_parquet: number; peer: number }[]
  }
  readonly state?: StateFigures
}

/** What a child says of itself. */
interface Told {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly digest: string | null
  readonly written?: number
  readonly version?: string
}

interface Run extends Told {
  readonly peakBytes: number
}

interface QueryRuns {
  readonly name: string
  readonly about: string
  readonly ours: readonly Run[]
  readonly fromParquet: readonly Run[]
  readonly peer: readonly Run[]
}

/** Each query by the stream engine over our log, by it over Parquet, and by DuckDB over Parquet, in turn; then the engine with a large state. */
export async function nexmarkBench(options: NexmarkOptions): Promise<NexmarkResult> {
  const queries = QUERIES.filter(({ name }) => options.only?.includes(name) ?? true)
  options.onStep(`${options.events} events`)
  const files = await eventFiles(options.events)
  const runs: QueryRuns[] = []
  for (const query of queries) runs.push(await runQuery(query, files, options))
  const differences = runs
    .map(({ name, ours, fromParquet, peer }) => ({
      query: name,
      ours: ours[0].digest,
      from_parquet: fromParquet[0].digest,
      peer: peer[0].digest,
    }))
    .filter(({ ours, from_parquet, peer }) => ours !== peer || from_parquet !== peer)
  const result = described(runs, options)
  if (differences.length > 0) return { ...result, same_result: false, differences, cases: [] }
  return options.only === undefined ? { ...result, state: await stateBench(options.onStep) } : result
}

async function runQuery(query: { name: string; about: string }, files: EventFiles, options: NexmarkOptions): Promise<QueryRuns> {
  const ours: Run[] = []
  const fromParquet: Run[] = []
  const peer: Run[] = []
  for (let repeat = 0; repeat < options.repeats; repeat++) {
    ours.push(await runOurs(query.name, files, repeat === 0))
    fromParquet.push(await runOnParquet('bench/nexmark-parquet.ts', query.name, { files, withDigest: repeat === 0 }))
    peer.push(await runOnParquet('bench/nexmark-peer.ts', query.name, { files, withDigest: repeat === 0 }))
    const [own, direct, other] = [ours, fromParquet, peer].map((runs) => runs[repeat].seconds.toFixed(2))
    options.onStep(`${query.name}: ours ${own} s, from Parquet ${direct} s, peer ${other} s`)
  }
  return { name: query.name, about: query.about, ours, fromParquet, peer }
}

/** The run writes into the log, so it gets a copy. */
async function runOurs(name: string, { log }: EventFiles, withDigest: boolean): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-nexmark-'))
  try {
    cpSync(log, folder, { recursive: true })
    return told(await runChild(['bench/nexmark-ours.ts', name, folder, ...(withDigest ? ['--digest'] : [])]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runOnParquet(
  script: string,
  name: string,
  { files, withDigest }: { readonly files: EventFiles; readonly withDigest: boolean },
): Promise<Run> {
  return told(await runChild([script, name, files.parquet, ...(withDigest ? ['--digest'] : [])]))
}

function told({ stdout, peakBytes }: ChildRun): Run {
  return { ...(JSON.parse(stdout) as Told), peakBytes }
}

function described(runs: readonly QueryRuns[], { events, repeats }: NexmarkOptions): NexmarkResult {
  return {
    order: 'interleaved',
    repeats,
    same_result: true,
    cases: runs.map((one) => caseOf(one, events)),
    commands: {
      ours: 'node bench/nexmark-ours.ts QUERY <copy of the log>',
      from_parquet: 'node bench/nexmark-parquet.ts QUERY <folder of Parquet>',
      peer: 'node bench/nexmark-peer.ts QUERY <folder of Parquet>',
    },
    peer_settings: { statement: 'the plan as `printPlan` gives it, into Parquet', threads: 2, memory_limit: '4 GiB' },
    memory: {
      unit: 'bytes of RssAnon, peak, all processes',
      queries: runs.map(({ name, ours, fromParquet, peer }) => ({
        name,
        ours: peakOf(ours),
        from_parquet: peakOf(fromParquet),
        peer: peakOf(peer),
      })),
    },
  }
}

/** Of runs that only ran: a digest needs memory of its own. */
function peakOf(runs: readonly Run[]): number {
  const bare = runs.filter(({ digest }) => digest === null)
  return Math.max(...(bare.length === 0 ? runs : bare).map(({ peakBytes }) => peakBytes))
}

function caseOf({ name, about, ours, fromParquet, peer }: QueryRuns, events: number): NexmarkCase {
  const mine = wholeSpread(ours.map(({ seconds }) => events / seconds))
  const direct = wholeSpread(fromParquet.map(({ seconds }) => events / seconds))
  const theirs = wholeSpread(peer.map(({ seconds }) => events / seconds))
  const ourCpu = spreadOf(ours.map(({ cpuSeconds }) => cpuSeconds))
  const peerCpu = spreadOf(peer.map(({ cpuSeconds }) => cpuSeconds))
  return {
    name,
    about,
    unit: 'events/s',
    events,
    ours: { ...mine, cpu_seconds: ourCpu },
    from_parquet: { ...direct, cpu_seconds: spreadOf(fromParquet.map(({ cpuSeconds }) => cpuSeconds)) },
    peer: { name: 'duckdb', version: peer[0].version ?? 'unknown', ...theirs, cpu_seconds: peerCpu },
    ratio: Math.round((mine.median / theirs.median) * 1000) / 1000,
    cpu_ratio: Math.round((peerCpu.median / ourCpu.median) * 1000) / 1000,
    target: null,
    met: null,
    rows: ours[0].digest ?? '',
    written: ours[0].written ?? 0,
  }
}
