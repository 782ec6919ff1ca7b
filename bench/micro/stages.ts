import { join } from 'node:path'
import { type Batch, decodeBatch } from '@millrace/columnar'
import { AccessLogDecoder, IngestSession, type IngestStream, type LineBlock, openBoundedInput } from '@millrace/connect'
import { compileAsset, type TableName } from '@millrace/core'
import { encodedSource, lowerPlan, PartitionRunner } from '@millrace/engine-stream'
import { openLake } from '@millrace/lake'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { openStore, type Store } from '@millrace/store'
import { ipActivity, requests } from '../../test/project/weblogs/weblogs.ts'

const PARTITIONS = 4
const TOPIC = 'requests'
const LETTERS = 'requests__dead_letters'
const READ_BYTES_MAX = 4 * 1024 * 1024
/** Batches between two drains of the stream runner's output. */
const PUSHES_PER_DRAIN = 8

type Report = (name: string, count: number, unit: 'lines' | 'rows', seconds: number) => void

/** The parts of `millrace run` over one input, each by itself. */
export class Stages {
  readonly #folder: string
  readonly #report: Report
  #log: EmbeddedLog | undefined
  #store: Store | undefined

  constructor(folder: string, report: Report) {
    this.#folder = folder
    this.#report = report
  }

  async run(input: string): Promise<void> {
    const blocks = await readBlocks(input)
    const lines = this.#decode(blocks)
    const log = openLog({ path: join(this.#folder, 'log') })
    this.#log = log
    await this.#ingest(log, blocks, lines)
    const entries = readEntries(log)
    const batches = this.#decodeEntries(entries)
    const windows = this.#stream(entries)
    this.#store = await openStore({ stateDir: join(this.#folder, 'state') })
    await this.#lake(this.#store, 'requests', batches)
    await this.#lake(this.#store, 'ip_activity', windows)
  }

  async close(): Promise<void> {
    await this.#log?.close()
    await this.#store?.close()
  }

  #decode(blocks: readonly LineBlock[]): number {
    const decoder = new AccessLogDecoder()
    let lines = 0
    const started = performance.now()
    for (const block of blocks) lines += decoder.decode(block, lines + 1).lines
    this.#report('decode lines', lines, 'lines', since(started))
    return lines
  }

  async #ingest(log: EmbeddedLog, blocks: readonly LineBlock[], lines: number): Promise<void> {
    await log.openTopic(TOPIC, { partitions: PARTITIONS })
    await log.openTopic(LETTERS, { partitions: 1 })
    const session = new IngestSession(stream())
    session.stamper.openSplit('input')
    let preparing = 0
    let first = 1
    const started = performance.now()
    for (const block of blocks) {
      const begun = performance.now()
      const prepared = session.prepare(block, { split: 'input', firstLine: first, ingestedAt: Date.now() })
      preparing += since(begun)
      first += prepared.lines
      await log.transact((transaction) => prepared.write(transaction, { rows: TOPIC, deadLetters: LETTERS }))
    }
    this.#report('decode, check, stamp, split', lines, 'lines', preparing)
    this.#report('encode and append to the log, durable', lines, 'lines', since(started) - preparing)
  }

  #decodeEntries(entries: readonly (readonly Uint8Array[])[]): Batch[] {
    const started = performance.now()
    const batches = entries.flat().map((bytes) => decodeBatch(bytes).batch)
    this.#report('decode batches', rowsOf(batches), 'rows', since(started))
    return batches
  }

  /** Windows fire as the watermark goes; state pages are taken with every drain. */
  #stream(entries: readonly (readonly Uint8Array[])[]): Batch[] {
    const plan = lowerPlan(compileAsset(ipActivity))
    const outputs: Batch[] = []
    let rows = 0
    const started = performance.now()
    for (const partition of entries) {
      const runner = new PartitionRunner(plan, { mode: 'as_served' })
      for (const [i, bytes] of partition.entries()) {
        const source = encodedSource(bytes, runner.columns)
        rows += source.rows
        runner.push(source)
        if (i % PUSHES_PER_DRAIN !== PUSHES_PER_DRAIN - 1) continue
        outputs.push(...runner.drainOutputs())
        for (const _ of runner.takePages());
      }
      outputs.push(...runner.finish())
    }
    const seconds = since(started)
    this.#report('windows, rows in', rows, 'rows', seconds)
    this.#report('windows, rows out', rowsOf(outputs), 'rows', seconds)
    return outputs
  }

  async #lake(store: Store, table: string, batches: readonly Batch[]): Promise<void> {
    const lake = await openLake({ pool: store.pool, catalog: 'micro', warehouse: join(this.#folder, 'lake') })
    const name: TableName = { namespace: 'micro', table }
    await lake.openTable(name, { fields: batches[0].fields })
    const started = performance.now()
    await lake.append(name, { batches, positions: {} })
    this.#report(`lake, ${table}`, rowsOf(batches), 'rows', since(started))
    await lake.close()
  }
}

function stream(): IngestStream {
  const [source] = compileAsset(requests).plan.sources
  return {
    format: { kind: 'combined' },
    topic: TOPIC,
    deadLetterTopic: LETTERS,
    fields: source.fields,
    eventTime: source.event_time,
    key: source.key ?? [],
    partitions: PARTITIONS,
    watermarkDelayMs: source.watermark_delay_ms,
    producer: 'files',
  }
}

/** Blocks that own their bytes. */
async function readBlocks(path: string): Promise<LineBlock[]> {
  const input = await openBoundedInput({ path, withoutHash: true })
  const blocks: LineBlock[] = []
  for await (const block of input.blocks()) {
    if (block.kind === 'long-line') blocks.push(block)
    else blocks.push({ ...block, bytes: block.bytes.slice(block.from, block.to), from: 0, to: block.to - block.from })
  }
  await input.close()
  return blocks
}

/** Copies of what each partition holds. */
function readEntries(log: EmbeddedLog): Uint8Array[][] {
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const all: Uint8Array[] = []
    const { next } = log.range(TOPIC, partition)
    for (let from = 0; from < next; ) {
      for (const entry of log.read({ topic: TOPIC, partition, from, bytesMax: READ_BYTES_MAX })) {
        all.push(new Uint8Array(entry.bytes))
        from = entry.offset + entry.span
      }
    }
    return all
  })
}

function rowsOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, batch) => sum + batch.rows, 0)
}

function since(started: number): number {
  return (performance.now() - started) / 1000
}
