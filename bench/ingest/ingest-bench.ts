import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT, runChild } from '../measure/child.ts'
import { type Spread, spreadOf, wholeSpread } from '../measure/spread.ts'
import { ServingProcess } from '../score/serving-process.ts'
import type { PushFigures, PushOrder } from './push-load.ts'
import { PUSH_PROJECT } from './push-project.ts'

const TARGET = 50_000
const PORT = 4_697
const COMMAND = 'packages/cli/bin/millrace.js'
const RECORDS_PER_REQUEST = 1_000
const CONNECTIONS = 4
const SECONDS = 5
const SETTLE_MS_MAX = 60_000

type Kind = Pick<PushOrder, 'kind' | 'gzip'> & { readonly name: string }

const KINDS: readonly Kind[] = [
  { name: 'JSON lines', kind: 'application/x-ndjson', gzip: false },
  { name: 'JSON array', kind: 'application/json', gzip: false },
  { name: 'CSV', kind: 'text/csv', gzip: false },
  { name: 'JSON lines, gzip', kind: 'application/x-ndjson', gzip: true },
]

export interface IngestBenchOptions {
  readonly repeats: number
  readonly onStep: (text: string) => void
}

export interface IngestBenchResult {
  readonly order: 'interleaved'
  readonly repeats: number
  /** Whether the stream's table holds exactly the records of the requests that were answered with 200. */
  readonly same_result: boolean
  readonly sent: number
  readonly held: number
  readonly cases: readonly IngestCase[]
  readonly settings: Readonly<Record<string, unknown>>
}

interface IngestCase {
  readonly name: string
  readonly unit: 'records/s'
  readonly ours: Spread
  /** Milliseconds from a request to its answer. */
  readonly p50_ms: number
  readonly p99_ms: number
  readonly target: number
  readonly met: boolean
}

/** `millrace up` behind senders in another process; an answer means durable. There is no peer, only a target. */
export async function ingestBench({ repeats, onStep }: IngestBenchOptions): Promise<IngestBenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-ingest-'))
  const project = join(folder, 'project')
  const state = join(folder, 'state')
  const common = ['--project', project, '--state', state]
  mkdirSync(project)
  for (const [name, text] of Object.entries(PUSH_PROJECT)) writeFileSync(join(project, name), text)
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'))
  const runs = new Map<Kind, PushFigures[]>(KINDS.map((kind) => [kind, []]))
  const taken = (): number => [...runs.values()].flat().reduce((sum, one) => sum + one.taken * RECORDS_PER_REQUEST, 0)
  try {
    let held: number
    const server = await startUp(common)
    try {
      for (let repeat = 0; repeat < repeats; repeat++) {
        for (const kind of KINDS) {
          onStep(`${kind.name}, ${repeat + 1} of ${repeats}`)
          runs.get(kind)?.push(await push(kind))
        }
      }
      held = await heldRecords(common, taken())
    } finally {
      await server.stop()
    }
    const sent = taken()
    const settings = { connections: CONNECTIONS, records_per_request: RECORDS_PER_REQUEST, seconds: SECONDS, idempotency_keys: true }
    const cases = sent === held ? KINDS.map((kind) => caseOf(kind, runs.get(kind) as PushFigures[])) : []
    return { order: 'interleaved', repeats, same_result: sent === held, sent, held, cases, settings }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function startUp(common: readonly string[]): Promise<ServingProcess> {
  return ServingProcess.start({
    name: 'millrace up',
    command: process.execPath,
    args: [COMMAND, 'up', '--json', '--port', String(PORT), ...common],
    cwd: ROOT,
    readyUrl: `http://127.0.0.1:${PORT}/health/ready`,
  })
}

async function push({ kind, gzip }: Kind): Promise<PushFigures> {
  const order: PushOrder = {
    port: PORT,
    kind,
    gzip,
    recordsPerRequest: RECORDS_PER_REQUEST,
    connections: CONNECTIONS,
    seconds: SECONDS,
  }
  const { stdout } = await runChild(['bench/ingest-load.ts', JSON.stringify(order)])
  return JSON.parse(stdout) as PushFigures
}

/** Records of the stream's table, once it holds so many: it is written every few seconds. */
async function heldRecords(common: readonly string[], wanted: number): Promise<number> {
  for (const until = performance.now() + SETTLE_MS_MAX; ; ) {
    const { stdout } = await runChild([COMMAND, 'sql', 'select count(*) from events', '--json', ...common])
    const [[held]] = (JSON.parse(stdout) as { rows: [[number]] }).rows
    if (held >= wanted || performance.now() > until) return held
  }
}

function caseOf({ name }: Kind, runs: readonly PushFigures[]): IngestCase {
  const ours = wholeSpread(runs.map(({ requests, seconds }) => (requests * RECORDS_PER_REQUEST) / seconds))
  return {
    name: `HTTP push of ${name}`,
    unit: 'records/s',
    ours,
    p50_ms: spreadOf(runs.map(({ p50 }) => p50)).median,
    p99_ms: spreadOf(runs.map(({ p99 }) => p99)).median,
    target: TARGET,
    met: ours.median >= TARGET,
  }
}
