import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeParquet } from '../../examples/nexmark/generator/parquet.ts'
import { SETTINGS } from '../../examples/nexmark/generator/settings.ts'
import { runChild } from '../measure/child.ts'
import { type Spread, wholeSpread } from '../measure/spread.ts'
import { FLINK_QUERIES, type FlinkQuery } from './flink-query.ts'
import { FLINK_SETTINGS, FlinkSide } from './flink-side.ts'
import { jsonTables, parquetTables } from './flink-tables.ts'
import { TOPIC_PARTITIONS, writeEvents } from './kafka-events.ts'
import { kafkaOf } from './kafka-of.ts'
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

interface Tables {
  readonly tables: readonly string[]
  close(): Promise<void>
}

/** Where both sides read the events from. */
interface FlinkInput extends Tables {
  /** The script that runs a query of ours, and where it reads. */
  readonly ours: readonly [script: string, place: string]
}

/** Opens the input of so many events. */
type OpenInput = (events: number) => Promise<FlinkInput>

/** Each query by the stream engine over Parquet and by Flink over the same files, in turn; their answers are compared first. */
export function flinkBench(options: NexmarkOptions): Promise<FlinkBenchResult> {
  return besideFlink(options, async (events) => {
    const folder = await parquetOf(events)
    return { tables: parquetTables(folder), ours: ['bench/nexmark-parquet.ts', folder], close: async () => {} }
  })
}

/** As `flinkBench`, over the same topics of JSON objects. */
export function flinkKafkaBench(options: NexmarkOptions): Promise<FlinkBenchResult> {
  return besideFlink(options, async (events) => {
    options.onStep(`${events} events are written to Kafka`)
    const { address, close } = await kafkaOf((connection) => writeEvents(connection, events))
    return { tables: jsonTables(address, TOPIC_PARTITIONS), ours: ['bench/nexmark-kafka.ts', address], close }
  })
}

async function besideFlink({ events, repeats, only, onStep }: NexmarkOptions, open: OpenInput): Promise<FlinkBenchResult> {
  const queries = FLINK_QUERIES.filter(({ name }) => only?.includes(name) ?? true)
  const result = {
    order: 'interleaved',
    repeats,
    peer_settings: { ...FLINK_SETTINGS, watermark: 'date_time - 4 s', sink: 'blackhole' },
  } as const
  const differences = await withFlink(await open(COMPARED_EVENTS), (flink, { ours }) => compared(queries, { flink, ours, onStep }))
  if (differences.length > 0) return { ...result, same_result: false, differences, cases: [], mean_ratio: null }
  const cases = await withFlink(await open(events), async (flink, { ours: [script, place] }) => {
    const version = await flink.version()
    const found: FlinkCase[] = []
    for (const query of queries) {
      const [ours, theirs]: [number[], number[]] = [[], []]
      for (let repeat = 0; repeat < repeats; repeat++) {
        ours.push(Number(JSON.parse((await runChild([script, query.name, place])).stdout).seconds))
        theirs.push(await flink.run(query))
        onStep(`${query.name}: ours ${ours[repeat].toFixed(2)} s, Flink ${theirs[repeat].toFixed(2)} s`)
      }
      found.push(caseOf(query, { ours, theirs, events, version }))
    }
    return found
  })
  return { ...result, same_result: true, cases, mean_ratio: meanOf(cases) }
}

export function meanOf(cases: readonly { readonly ratio: number }[]): number {
  const mean = Math.exp(cases.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / cases.length)
  return Math.round(mean * 1000) / 1000
}

/** Works with a cluster of its own that has these tables. */
export async function withFlink<Input extends Tables, T>(input: Input, work: (flink: FlinkSide, input: Input) => Promise<T>): Promise<T> {
  try {
    const flink = await FlinkSide.start(input.tables)
    try {
      return await work(flink, input)
    } finally {
      await flink.close()
    }
  } finally {
    await input.close()
  }
}

/** Rates of two sides that took so many seconds each time, and what the first is of the second. */
export function ratesOf(
  events: number,
  ours: readonly number[],
  theirs: readonly number[],
): { ours: Spread; theirs: Spread; ratio: number } {
  const [mine, other] = [ours, theirs].map((seconds) => wholeSpread(seconds.map((one) => events / one)))
  return { ours: mine, theirs: other, ratio: Math.round((mine.median / other.median) * 1000) / 1000 }
}

function caseOf(
  { name }: FlinkQuery,
  of: { readonly ours: readonly number[]; readonly theirs: readonly number[]; readonly events: number; readonly version: string },
): FlinkCase {
  const { ours, theirs, ratio } = ratesOf(of.events, of.ours, of.theirs)
  const peer = { name: 'flink', version: of.version, ...theirs } as const
  return { name, unit: 'events/s', events: of.events, ours, peer, ratio, target: TARGET, met: ratio >= TARGET }
}

interface Comparison {
  readonly flink: FlinkSide
  readonly ours: FlinkInput['ours']
  readonly onStep: NexmarkOptions['onStep']
}

/** Queries whose answers differ, with the columns. */
async function compared(queries: readonly FlinkQuery[], { flink, ours: [script, place], onStep }: Comparison): Promise<readonly object[]> {
  const differences: object[] = []
  for (const query of queries) {
    const { sums } = JSON.parse((await runChild([script, query.name, place, '--sums'])).stdout) as {
      sums: Readonly<Record<string, string>>
    }
    const theirs = await flink.sums(query)
    const columns = Object.keys(sums).filter((name) => sums[name] !== theirs[name] && query.otherwise?.includes(name) !== true)
    onStep(`${query.name}: ${sums._rows} rows, ${columns.length === 0 ? 'the same' : `others in ${columns.join(', ')}`}`)
    if (columns.length > 0) differences.push({ query: query.name, ours: sums, flink: theirs })
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
