import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeParquet } from '../../examples/nexmark/generator/parquet.ts'
import { SETTINGS } from '../../examples/nexmark/generator/settings.ts'
import { runChild } from '../measure/child.ts'
import { type Spread, wholeSpread } from '../measure/spread.ts'
import { FLINK_QUERIES, type FlinkQuery } from './flink-query.ts'
import { FLINK_SETTINGS, FlinkSide } from './flink-side.ts'
import type { NexmarkOptions } from './nexmark-bench.ts'

interface FlinkCase {
  readonly name: string
  readonly unit: 'events/s'
  readonly events: number
  readonly ours: Spread
  readonly peer: Spread & { readonly name: 'flink'; readonly version: string }
  readonly ratio: number
  readonly target: number
  readonly met: boolean
}

export interface FlinkBenchResult {
  readonly order: 'interleaved'
  readonly repeats: number
  readonly same_result: boolean
  readonly differences?: readonly object[]
  readonly cases: readonly FlinkCase[]
  /** Geometric mean of the ratios; 1 is to be reached. */
  readonly mean_ratio: number | null
  readonly peer_settings: object
}

/** Least ratio of every query. */
const TARGET = 0.5
/** Events over which answers are compared: those of more would be compared for as long as they are computed. */
const COMPARED_EVENTS = 200_000

/** Each query by the stream engine over Parquet and by Flink over the same files, in turn; their answers are compared first. */
export async function flinkBench({ events, repeats, only, onStep }: NexmarkOptions): Promise<FlinkBenchResult> {
  const queries = FLINK_QUERIES.filter(({ name }) => only?.includes(name) ?? true)
  const result = {
    order: 'interleaved',
    repeats,
    peer_settings: { ...FLINK_SETTINGS, watermark: 'date_time - 4 s', sink: 'blackhole' },
  } as const
  const differences = await compared(queries, onStep)
  if (differences.length > 0) return { ...result, same_result: false, differences, cases: [], mean_ratio: null }
  const parquet = await parquetOf(events)
  const flink = await FlinkSide.start(parquet)
  const cases: FlinkCase[] = []
  try {
    const version = await flink.version()
    for (const query of queries) {
      const [ours, theirs]: [number[], number[]] = [[], []]
      for (let repeat = 0; repeat < repeats; repeat++) {
        ours.push(Number(JSON.parse((await runChild(['bench/nexmark-parquet.ts', query.name, parquet])).stdout).seconds))
        theirs.push(await flink.run(query))
        onStep(`${query.name}: ours ${ours[repeat].toFixed(2)} s, Flink ${theirs[repeat].toFixed(2)} s`)
      }
      cases.push(caseOf(query, { ours, theirs, events, version }))
    }
  } finally {
    await flink.close()
  }
  const mean = Math.exp(cases.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / cases.length)
  return { ...result, same_result: true, cases, mean_ratio: Math.round(mean * 1000) / 1000 }
}

function caseOf(
  { name }: FlinkQuery,
  of: { readonly ours: readonly number[]; readonly theirs: readonly number[]; readonly events: number; readonly version: string },
): FlinkCase {
  const [ours, theirs] = [of.ours, of.theirs].map((seconds) => wholeSpread(seconds.map((one) => of.events / one)))
  const ratio = Math.round((ours.median / theirs.median) * 1000) / 1000
  const peer = { name: 'flink', version: of.version, ...theirs } as const
  return { name, unit: 'events/s', events: of.events, ours, peer, ratio, target: TARGET, met: ratio >= TARGET }
}

/** Queries whose answers differ, with the columns. */
async function compared(queries: readonly FlinkQuery[], onStep: NexmarkOptions['onStep']): Promise<readonly object[]> {
  const parquet = await parquetOf(COMPARED_EVENTS)
  const flink = await FlinkSide.start(parquet)
  const differences: object[] = []
  try {
    for (const query of queries) {
      const { sums } = JSON.parse((await runChild(['bench/nexmark-parquet.ts', query.name, parquet, '--sums'])).stdout) as {
        sums: Readonly<Record<string, string>>
      }
      const theirs = await flink.sums(query)
      const columns = Object.keys(sums).filter((name) => sums[name] !== theirs[name] && query.otherwise?.includes(name) !== true)
      onStep(`${query.name}: ${sums._rows} rows, ${columns.length === 0 ? 'the same' : `others in ${columns.join(', ')}`}`)
      if (columns.length > 0) differences.push({ query: query.name, ours: sums, flink: theirs })
    }
  } finally {
    await flink.close()
  }
  return differences
}

/** The events' files, made where they are not there yet. */
async function parquetOf(events: number): Promise<string> {
  const folder = join(tmpdir(), 'millrace-bench-input', `nexmark-parquet-${events}`)
  const whole = join(folder, 'whole')
  if (existsSync(whole)) return folder
  mkdirSync(folder, { recursive: true })
  await writeParquet(folder, events, SETTINGS)
  writeFileSync(whole, '')
  return folder
}
