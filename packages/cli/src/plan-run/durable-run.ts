import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Batch, batchFromRows, decodeBatch, type Field, keyPartitions, splitByPartition } from '@millrace/columnar'
import {
  bugError,
  type CheckedPlan,
  type LogTransaction,
  type MapFunctions,
  MillraceError,
  type PlanResult,
  type PlanSource,
  STAMP_FIELDS,
  type StampedRow,
} from '@millrace/core'
import {
  changesIn,
  deadLetters,
  deadTopicOf,
  finalRows,
  lateEntries,
  lateTopicOf,
  looksUp,
  lowerPlan,
  type PhysicalPlan,
  rowFunctions,
  runPartitions,
  type StreamJob,
} from '@millrace/engine-stream'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import type { PlanCase, RawLine } from './plan-case.ts'
import type { FunctionPlaces } from './plan-functions.ts'
import { type PlanRunDocument, planRunDocument } from './result-document.ts'
import { countRowsIn, deadInFront, refusedRows } from './run-case.ts'
import { stampedInput } from './stamped-input.ts'

export interface DurableOptions {
  readonly mode: 'as_served' | 'exact'
  readonly batchRows?: number
  readonly workers?: number
  /** Rows after which the process kills itself; 0: never. */
  readonly killAt: number
  /** Bytes that an operator may take in memory. */
  readonly stateBytes?: number
  /** Folder of the run's log: given to the process that is killed, and to the one that goes on. */
  readonly resume?: string
  /** The functions of the plan's maps, and where they were found. */
  readonly functions: MapFunctions
  readonly places: FunctionPlaces
}

const BATCH_ROWS_DEFAULT = 512
const PARTITIONS = 4
const OUTPUT = 'output'
const INGESTED_KEY = 'ingested'
const READ_BYTES_MAX = 4 * 1024 * 1024
const DOCUMENT_BYTES_MAX = 1024 ** 3

/** Runs a plan over a real log in a process that kills itself after some rows, starts it again, and returns what the second one answers. */
export async function runKilled(one: PlanCase, options: DurableOptions): Promise<PlanRunDocument> {
  if (options.resume !== undefined) return runDurably(one, { ...options, resume: options.resume })
  const folder = mkdtempSync(join(tmpdir(), 'millrace-plan-run-'))
  try {
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(one.plan.plan))
    writeFileSync(join(folder, 'input.jsonl'), one.lines.map((line) => `${lineText(line)}\n`).join(''))
    const first = child(folder, options, options.killAt)
    if (first.signal !== 'SIGKILL') return answerOf(first)
    return answerOf(child(folder, options, 0))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Ended = ReturnType<typeof child>

function child(folder: string, options: DurableOptions, killAt: number) {
  const main = fileURLToPath(new URL('../../bin/millrace.js', import.meta.url))
  const number = (name: string, value: number | undefined): string[] => (value === undefined || value === 0 ? [] : [name, String(value)])
  const args = [
    'plan-run',
    '--plan',
    join(folder, 'plan.json'),
    '--input',
    join(folder, 'input.jsonl'),
    '--engine',
    'stream',
    '--project',
    options.places.project,
    '--modules',
    options.places.from,
    '--mode',
    options.mode,
    '--resume',
    join(folder, 'log'),
  ]
  return spawnSync(
    process.execPath,
    [
      main,
      ...args,
      ...number('--batch', options.batchRows),
      ...number('--workers', options.workers),
      ...number('--kill-at', killAt),
      ...(options.stateBytes === undefined ? [] : ['--state-memory', `${options.stateBytes}B`]),
      '--json',
    ],
    { encoding: 'utf8', maxBuffer: DOCUMENT_BYTES_MAX },
  )
}

function answerOf(ended: Ended): PlanRunDocument {
  const [line] = ended.stdout.split('\n')
  if (ended.status === 0) return JSON.parse(line) as PlanRunDocument
  const failed = line === '' ? undefined : (JSON.parse(line) as { error?: { code: string; message: string } })
  if (failed?.error !== undefined)
    throw new MillraceError(ended.status === 1 ? 'user' : ended.status === 2 ? 'operating' : 'bug', failed.error.code, failed.error.message)
  throw bugError('plan-run/child-failed', `The process that was to go on ended with ${ended.signal ?? ended.status}.`, {
    found: ended.stderr,
  })
}

/** A line again as JSON; exact integers stay exact. */
function lineText(line: RawLine): string {
  const write = (value: unknown): string => {
    if (typeof value === 'bigint') return String(value)
    if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
    if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
    return `{${Object.entries(value)
      .map(([name, inner]) => `${JSON.stringify(name)}:${write(inner)}`)
      .join(',')}}`
  }
  const { kind, ...rest } = line
  return write(kind === 'end' ? { ...rest, end: true } : rest)
}

/** The run of one process: appends stamped rows batch by batch, runs the views over each, and kills itself where it is told to. */
async function runDurably({ plan, lines }: PlanCase, options: DurableOptions & { readonly resume: string }): Promise<PlanRunDocument> {
  const started = performance.now()
  const input = stampedInput(plan, lines, 'ingest')
  const physical = lowerPlan(plan, { reportLate: true })
  const inArrivalOrder = looksUp(plan)
  const sources = physical.sources.map(({ name }) => plan.sources.get(name) as PlanSource)
  const rows = input.rows
    .filter((row) => sources.some(({ name }) => name === row.source))
    .toSorted((a, b) => (inArrivalOrder ? 0 : a.watermark - b.watermark) || a.arrival - b.arrival)
  const log = openLog({ path: options.resume })
  const run = new DurableRun(log, { plan, physical, sources, options })
  const result = await run.over(rows)
  await log.close()
  return planRunDocument({
    engine: 'stream',
    mode: options.mode,
    plan,
    result,
    deadLetters: input.deadLetters,
    rowsIn: await countRowsIn(plan, input.rows, { ...options, dead: result.dead }),
    refused: refusedRows(plan, result.late),
    deadInFront: deadInFront(plan, result.dead),
    seconds: Math.round(performance.now() - started) / 1000,
  })
}

interface Parts {
  readonly plan: CheckedPlan
  readonly physical: PhysicalPlan
  readonly sources: readonly PlanSource[]
  readonly options: DurableOptions & { readonly resume: string }
}

class DurableRun {
  readonly #log: EmbeddedLog
  readonly #parts: Parts
  readonly #job: StreamJob
  /** Partitions of the topic that the workers share. */
  readonly #partitions: number

  constructor(log: EmbeddedLog, parts: Parts) {
    const { sources, physical } = parts
    const widest = sources.find((source) => partitionsOf(source) > 1) ?? sources[0]
    this.#log = log
    this.#parts = parts
    this.#partitions = partitionsOf(widest)
    this.#job = {
      topic: topicOf(widest),
      topics: Object.fromEntries(sources.map((source) => [source.name, topicOf(source)])),
      assets: [{ name: OUTPUT, plan: physical }],
      ...(parts.options.stateBytes === undefined ? {} : { stateBytes: parts.options.stateBytes / this.#partitions }),
    }
  }

  async over(rows: readonly StampedRow[]): Promise<PlanResult> {
    const { options, plan, sources } = this.#parts
    for (const source of sources) await this.#log.openTopic(topicOf(source), { partitions: partitionsOf(source) })
    const size = looksUp(plan) ? 1 : (options.batchRows ?? BATCH_ROWS_DEFAULT)
    const killAt = options.killAt === 0 || options.killAt > rows.length ? undefined : options.killAt
    let from = this.#ingested()
    if (from > 0 && looksUp(plan)) await this.#compute()
    while (from < rows.length) {
      const to = Math.min(from + size, rows.length, killAt !== undefined && killAt > from ? killAt : rows.length)
      await this.#append(rows.slice(from, to), to)
      if (to === killAt && killAt % 2 === 1) process.kill(process.pid, 'SIGKILL')
      if (to < rows.length) await this.#compute()
      if (to === killAt) process.kill(process.pid, 'SIGKILL')
      from = to
    }
    const closing = await this.#close()
    const kept = [...this.#read(OUTPUT), ...closing.rows]
    const late = [...this.#read(lateTopicOf(OUTPUT)), ...closing.late]
    const dead = [...this.#read(deadTopicOf(OUTPUT)), ...closing.dead]
    const changes = kept.flatMap((batch) => changesIn(batch, plan.output.fields))
    return {
      columns: plan.output.fields,
      rows: finalRows(changes),
      changes,
      late: lateEntries(plan, late, sources[0].name),
      dead: deadLetters(dead),
    }
  }

  #ingested(): number {
    const bytes = this.#log.get(INGESTED_KEY)
    return bytes === undefined ? 0 : Number(Buffer.from(bytes).toString('utf8'))
  }

  async #append(rows: readonly StampedRow[], upTo: number): Promise<void> {
    await this.#log.transact((transaction) => {
      for (const source of this.#parts.sources) {
        const mine = rows.filter((row) => row.source === source.name)
        if (mine.length > 0) appendRows(transaction, source, mine)
      }
      transaction.put(INGESTED_KEY, Buffer.from(String(upTo)))
    })
  }

  /** Every worker in turn over its partitions, from the state of the last commit. */
  #compute() {
    const { options, sources } = this.#parts
    const ends = Object.fromEntries(
      sources.map((source) => [
        topicOf(source),
        Array.from({ length: partitionsOf(source) }, (_, partition) => this.#log.range(topicOf(source), partition).next),
      ]),
    )
    const workers = Math.min(options.workers ?? 1, this.#partitions)
    const all = Array.from({ length: this.#partitions }, (_, partition) => partition)
    return Promise.all(
      Array.from({ length: workers }, (_, worker) =>
        runPartitions({
          log: this.#log,
          job: this.#job,
          mode: options.mode,
          pace: 'bulk',
          functionOf: rowFunctions(options.functions),
          until: () => ends,
          partitions: all.filter((partition) => partition % workers === worker),
        }),
      ),
    )
  }

  async #close(): Promise<{ readonly rows: readonly Batch[]; readonly late: readonly Batch[]; readonly dead: readonly Batch[] }> {
    const closing = { rows: [] as Batch[], late: [] as Batch[], dead: [] as Batch[] }
    for (const run of await this.#compute())
      await run.closeAside({
        onBatch: ({ topic, batch }) => {
          closing[topic === OUTPUT ? 'rows' : topic === deadTopicOf(OUTPUT) ? 'dead' : 'late'].push(batch)
        },
      })
    return closing
  }

  *#read(topic: string): Generator<Batch> {
    if (!this.#log.topics().some((one) => one.topic === topic)) return
    for (let partition = 0; partition < this.#partitions; partition++) {
      let { first: from, next } = this.#log.range(topic, partition)
      while (from < next) {
        for (const entry of this.#log.read({ topic, partition, from, bytesMax: READ_BYTES_MAX })) {
          yield decodeBatch(new Uint8Array(entry.bytes)).batch
          from = entry.offset + entry.span
        }
      }
    }
  }
}

function topicOf(source: PlanSource): string {
  return `source:${source.name}`
}

function partitionsOf(source: PlanSource): number {
  return (source.key ?? []).length === 0 ? 1 : PARTITIONS
}

function appendRows(transaction: LogTransaction, source: PlanSource, rows: readonly StampedRow[]): void {
  const fields = [
    ...STAMP_FIELDS,
    ...source.fields.map((field): Field => ({ name: field.name, type: field.type, nullable: field.nullable === true })),
  ]
  const batch = batchFromRows(
    fields,
    rows.map((row) => [row.arrival, row.split, row.arrival, 0, 1, '', row.watermark, ...row.values]),
  )
  const count = partitionsOf(source)
  const parts = splitByPartition(batch, keyPartitions(batch, source.key ?? [], count), count)
  const watermarkAfter = rows[rows.length - 1].watermark
  for (const [partition, part] of parts.entries())
    transaction.append({ topic: topicOf(source), partition, batch: part ?? batchFromRows(fields, []), watermarkAfter, ingestedAt: 0 })
}
