import type { Batch } from '@millrace/columnar'
import { operatingError, userError } from '@millrace/core'
import { expect, it } from 'vitest'
import { appendRows, rowsBatch, SINK_FIELDS, scratchLog, TOPIC, until } from '../../test/sink-place.ts'
import { retryDelayMs } from './retry-delay.ts'
import type { Sink, SinkSpan } from './sink.ts'
import { SinkRunner, type SinkRunnerOptions } from './sink-runner.ts'

/** A sink in memory that is durable up to `reached`. */
class MemorySink implements Sink {
  readonly stableSpans = false
  readonly spans: SinkSpan[] = []
  readonly hits: number[] = []
  reached: number | undefined = 0
  opening: () => void = () => {}
  async open(): Promise<void> {
    this.opening()
  }
  async write(batch: Batch, at: SinkSpan): Promise<void> {
    this.spans.push(at)
    const column = batch.columns[batch.fields.findIndex((field) => field.name === 'hits')]
    if ('values' in column) for (const value of column.values) this.hits.push(Number(value))
    this.reached = at.next
  }
  async settle(): Promise<void> {}
  async position(): Promise<number | undefined> {
    return this.reached
  }
  async close(): Promise<void> {}
}

const columns = SINK_FIELDS.map((field) => field.name)

async function started(sink: Sink, options: Partial<SinkRunnerOptions> = {}) {
  const { log } = await scratchLog()
  const stop = new AbortController()
  const limits = { pollMs: 2, batchRowsMax: 8, retry: { firstMs: 1, msMax: 5 }, ...options.limits }
  const run = () => {
    const runner = new SinkRunner({ log, sink, name: 's', topic: TOPIC, partitions: 1, columns, ...options, limits })
    return { runner, done: runner.run(stop.signal) }
  }
  return { log, stop, run }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

it('cuts what it reads into bounded batches without gaps', async () => {
  const sink = new MemorySink()
  const { log, stop, run } = await started(sink)
  await appendRows(log, rowsBatch(0, 30))
  await appendRows(log, rowsBatch(30, 33))
  const { runner, done } = run()
  await until(() => runner.status.waiting === 0)
  stop.abort()
  await done
  expect(sink.hits).toEqual(numbers(0, 33))
  expect(sink.spans.slice(1).map((span) => span.from)).toEqual(sink.spans.slice(0, -1).map((span) => span.next))
  expect(runner.status).toMatchObject({ state: 'stopped', rowsWritten: 33, missed: 0 })
})

it('goes on where the sink stands when the log knows less', async () => {
  const sink = new MemorySink()
  sink.reached = 20
  const { log, stop, run } = await started(sink)
  await appendRows(log, rowsBatch(0, 30))
  const { runner, done } = run()
  await until(() => runner.status.waiting === 0)
  stop.abort()
  await done
  expect(sink.hits).toEqual(numbers(20, 30))
})

it('fills a sink again that has less than the log knows of', async () => {
  const sink = new MemorySink()
  const { log, stop, run } = await started(sink)
  await appendRows(log, rowsBatch(0, 30))
  const first = run()
  await until(() => first.runner.status.waiting === 0)
  stop.abort()
  await first.done
  const emptied = new MemorySink()
  const again = new AbortController()
  const runner = new SinkRunner({ log, sink: emptied, name: 's', topic: TOPIC, partitions: 1, columns })
  const done = runner.run(again.signal)
  await until(() => emptied.hits.length === 30 && runner.status.waiting === 0)
  again.abort()
  await done
  expect(emptied.hits).toEqual(numbers(0, 30))
})

it('does not take control records after the last row for rows that the sink lost', async () => {
  const sink = new MemorySink()
  const { log, stop, run } = await started(sink)
  await appendRows(log, rowsBatch(0, 10))
  const first = run()
  await until(() => first.runner.status.waiting === 0)
  await appendRows(log, rowsBatch(0, 0))
  await until(() => first.runner.status.waiting === 0)
  stop.abort()
  await first.done
  expect(sink.reached).toBe(11)
  await log.trim(TOPIC, 0, log.range(TOPIC, 0).next)
  expect(log.range(TOPIC, 0).first).toBe(log.range(TOPIC, 0).next)
  const again = new AbortController()
  const runner = new SinkRunner({ log, sink, name: 's', topic: TOPIC, partitions: 1, columns })
  const done = runner.run(again.signal)
  await until(() => runner.status.state === 'running')
  again.abort()
  await done
  expect(runner.status.missed).toBe(0)
})

it('counts what it passes over when too much waits', async () => {
  const sink = new MemorySink()
  const { log, stop, run } = await started(sink, { limits: { backlogMax: 15 } })
  await appendRows(log, rowsBatch(0, 40))
  const { runner, done } = run()
  await until(() => runner.status.waiting === 0)
  stop.abort()
  await done
  expect(sink.hits).toEqual(numbers(26, 40))
  expect(runner.status.missed).toBe(26)
})

it('keeps what it has not carried when the log is trimmed', async () => {
  const sink = new MemorySink()
  sink.opening = () => {
    throw operatingError('sink/away', 'away')
  }
  const { log, stop, run } = await started(sink)
  const { runner, done } = run()
  await until(() => runner.status.failures > 0)
  await appendRows(log, rowsBatch(0, 20))
  await log.trim(TOPIC, 0, log.range(TOPIC, 0).next)
  sink.opening = () => {}
  await until(() => sink.hits.length === 20)
  stop.abort()
  await done
  expect(runner.status).toMatchObject({ missed: 0, rowsWritten: 20 })
})

it('ends when the place refuses the rows, and says why', async () => {
  const sink = new MemorySink()
  sink.opening = () => {
    throw userError('sink/columns-differ', 'Table t cannot take the rows.', {})
  }
  const { run } = await started(sink)
  const { runner, done } = run()
  await done
  expect(runner.status).toMatchObject({ state: 'refused', lastError: 'Table t cannot take the rows.' })
})

it('waits longer after each failure, up to a limit', () => {
  const delay = { firstMs: 100, msMax: 1_000 }
  expect([1, 2, 3, 4, 5, 500].map((tries) => retryDelayMs(tries, delay, () => 0))).toEqual([100, 200, 400, 800, 1_000, 1_000])
  expect(retryDelayMs(3, delay, () => 1)).toBe(200)
})
