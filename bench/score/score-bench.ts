import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { numbersOf } from '../../packages/ml/test/random-model.ts'
import { runChild } from '../measure/child.ts'
import { type Spread, spreadOf, wholeSpread } from '../measure/spread.ts'
import type { LoadFigures, LoadOrder } from './http-load.ts'
import { type LoadTarget, scoreBy } from './load-target.ts'
import { MLSERVER_SETTINGS, MLSERVER_TARGET, MLSERVER_VERSION, startMlserver } from './mlserver.ts'
import { FEATURES, modelFile } from './model-file.ts'
import { OUR_TARGET, startOurs } from './our-server.ts'
import { streamScoring } from './stream-scoring.ts'

const STREAM_TARGET = 200_000
const P99_MS_MAX = 5
const PACED_RATE = 2_000
const RATIO_TARGET = 3
const CONNECTIONS = 16
const LOAD_SECONDS = 5
const ROWS = 200
/** Greatest difference of two scores that are called the same: both sides compute in float32. */
const TOLERANCE = 1e-6

export interface ScoreBenchOptions {
  readonly repeats: number
  readonly onStep: (text: string) => void
}

export interface ScoreBenchResult {
  readonly order: 'interleaved'
  readonly repeats: number
  readonly same_result: boolean
  readonly differences?: readonly { readonly row: number; readonly ours: number | null; readonly peer: number | null }[]
  readonly cases: readonly ScoreCase[]
  readonly settings: Readonly<Record<string, unknown>>
}

interface ScoreCase {
  readonly name: string
  readonly unit: string
  readonly ours: Spread
  readonly peer?: Spread & { readonly name: string; readonly version: string }
  readonly ratio?: number
  readonly target: number
  readonly met: boolean
}

interface Repeat {
  readonly stream: number
  readonly paced: LoadFigures
  readonly ours: LoadFigures
  readonly peer: LoadFigures
}

/** Scoring in the stream, and behind HTTP beside MLServer on the same model file. */
export async function scoreBench(options: ScoreBenchOptions): Promise<ScoreBenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-score-'))
  const file = join(folder, 'model.onnx')
  writeFileSync(file, modelFile())
  const ours = await startOurs(file)
  const peer = await startMlserver(folder, file).catch(async (error: unknown) => {
    await ours.stop()
    throw error
  })
  try {
    const rows = randomRows()
    const differences = await differing(rows)
    if (differences.length > 0) return { ...facts(options), same_result: false, differences, cases: [] }
    const repeats: Repeat[] = []
    for (let one = 0; one < options.repeats; one++) repeats.push(await repeat(rows, options.onStep))
    return { ...facts(options), same_result: true, cases: casesOf(repeats) }
  } finally {
    await Promise.all([ours.stop(), peer.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}

function facts({ repeats }: ScoreBenchOptions) {
  const model = 'random trees: 20 features, 100 trees, 31 leaves at most; ONNX Runtime on 1 thread on both sides'
  const load = { connections: CONNECTIONS, seconds: LOAD_SECONDS, rows_per_request: 1, paced_requests_per_second: PACED_RATE }
  return {
    order: 'interleaved' as const,
    repeats,
    settings: { model, load, mlserver: MLSERVER_SETTINGS, mlserver_runtime: 'bench/score/ort_runtime.py' },
  }
}

function randomRows(): number[][] {
  const random = numbersOf(7)
  return Array.from({ length: ROWS }, () => FEATURES.map(() => Math.fround(random() * 2.4 - 1.2)))
}

async function differing(rows: readonly (readonly number[])[]): Promise<{ row: number; ours: number | null; peer: number | null }[]> {
  const found: { row: number; ours: number | null; peer: number | null }[] = []
  for (const [at, row] of rows.entries()) {
    const ours = await scoreBy(OUR_TARGET, row)
    const peer = await scoreBy(MLSERVER_TARGET, row)
    if (ours === null || peer === null || !(Math.abs(ours - peer) <= TOLERANCE)) found.push({ row: at, ours, peer })
  }
  return found
}

async function repeat(rows: readonly (readonly number[])[], onStep: (text: string) => void): Promise<Repeat> {
  const { rowsPerSecond } = await streamScoring()
  onStep(`stream ${Math.round(rowsPerSecond).toLocaleString('en-US')} rows/s`)
  const paced = await load(OUR_TARGET, rows, PACED_RATE)
  onStep(`ours at ${PACED_RATE} requests/s: p50 ${paced.p50} ms, p99 ${paced.p99} ms, most ${paced.max} ms`)
  const ours = await load(OUR_TARGET, rows)
  onStep(`ours ${ours.requestsPerSecond} requests/s, p99 ${ours.p99} ms`)
  const peer = await load(MLSERVER_TARGET, rows)
  onStep(`peer ${peer.requestsPerSecond} requests/s, p99 ${peer.p99} ms`)
  return { stream: rowsPerSecond, paced, ours, peer }
}

async function load({ port, path, body }: LoadTarget, rows: readonly (readonly number[])[], rate?: number): Promise<LoadFigures> {
  const order: LoadOrder = { port, path, bodies: rows.map(body), connections: CONNECTIONS, seconds: LOAD_SECONDS, rate }
  const { stdout } = await runChild(['bench/score-load.ts', JSON.stringify(order)])
  return JSON.parse(stdout) as LoadFigures
}

/** Requests that failed are no result. */
function casesOf(repeats: readonly Repeat[]): ScoreCase[] {
  const stream = wholeSpread(repeats.map((one) => one.stream))
  const p99 = spreadOf(repeats.map(({ paced }) => (paced.failed > 0 ? Number.POSITIVE_INFINITY : paced.p99)))
  const ours = wholeSpread(repeats.map((one) => (one.ours.failed > 0 ? 0 : one.ours.requestsPerSecond)))
  const peer = wholeSpread(repeats.map((one) => one.peer.requestsPerSecond))
  const ratio = Math.round((ours.median / peer.median) * 1000) / 1000
  return [
    { name: 'stream', unit: 'rows/s', ours: stream, target: STREAM_TARGET, met: stream.median >= STREAM_TARGET },
    { name: `p99 at ${PACED_RATE} requests/s`, unit: 'ms', ours: p99, target: P99_MS_MAX, met: p99.median <= P99_MS_MAX },
    {
      name: 'greatest throughput',
      unit: 'requests/s',
      ours,
      peer: { name: 'MLServer', version: MLSERVER_VERSION, ...peer },
      ratio,
      target: RATIO_TARGET,
      met: ratio >= RATIO_TARGET,
    },
  ]
}
