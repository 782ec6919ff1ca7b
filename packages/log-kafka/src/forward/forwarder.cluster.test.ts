import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Field } from '@millrace/columnar'
import { WATERMARK_END } from '@millrace/core'
import avro from 'avsc'
import { expect, onTestFinished, test } from 'vitest'
import type { DeathPlace, ForwardOrder } from '../../test/forward-process.ts'
import { CLUSTER, freshName, readAll } from '../../test/kafka-address.ts'
import { appendBeat, appendNumbers, FIELDS, KEY, type ScratchLog, scratchLog, TOPIC } from '../../test/stamped-log.ts'
import { TopicAdmin } from '../client/topic-admin.ts'
import { stampedAvroSchema } from '../record/avro-schema.ts'
import { Forwarder } from './forwarder.ts'

async function logOf(partitions?: number): Promise<ScratchLog> {
  const scratch = await scratchLog(partitions)
  onTestFinished(() => scratch.remove())
  return scratch
}

interface Running {
  readonly forwarder: Forwarder
  stop(): Promise<void>
  /** Resolves when everything that the log has is on Kafka. */
  caughtUp(): Promise<void>
}

function running(
  { log }: ScratchLog,
  at: {
    readonly to: string
    readonly name: string
    readonly logId?: string
    readonly partitions?: number
    readonly positionTopic?: string
    readonly avro?: readonly Field[]
  },
): Running {
  const { to, name, logId = 'log-1', partitions = 2, positionTopic, avro } = at
  const forwarder = new Forwarder({
    log,
    logId,
    connection: CLUSTER,
    name,
    positionTopic,
    topics: [{ topic: TOPIC, to, partitions, key: KEY, ...(avro === undefined ? {} : { avro }) }],
  })
  const stop = new AbortController()
  const done = forwarder.run(stop.signal)
  return {
    forwarder,
    stop: async () => {
      stop.abort()
      await done
    },
    caughtUp: async () => {
      while (forwarder.status.waiting > 0) {
        if (forwarder.refusal !== undefined) throw forwarder.refusal
        await sleep(10)
      }
    },
  }
}

/** What a topic holds, in short: numbers of rows, and heartbeats as `♥` with their watermark. */
async function contents(topic: string): Promise<(number | string)[][]> {
  const parse = (value: Buffer | null): number | string => {
    const { _kind, num1, _watermark } = JSON.parse(String(value))
    return _kind === 'row' ? num1 : `♥${Date.parse(_watermark)}`
  }
  return (await readAll(topic)).map((records) => records.map(({ value }) => parse(value)))
}

async function refusalOf(one: Running): Promise<Error | undefined> {
  while (one.forwarder.refusal === undefined) await sleep(10)
  await one.stop()
  return one.forwarder.refusal
}

test('rows come in the partitions of the log, each with a heartbeat behind it where a second was passed', async () => {
  const [scratch, name, to] = [await logOf(), freshName('env'), freshName('forwarded')]
  const { log } = scratch
  await appendNumbers(log, { partition: 0, from: 0, count: 2, watermark: 10, after: 2500 })
  await appendNumbers(log, { partition: 1, from: 2, count: 1, watermark: 2500 })
  await appendNumbers(log, { partition: 0, from: 3, count: 1, watermark: 2700 })
  const first = running(scratch, { to, name })
  await first.caughtUp()
  await first.stop()
  expect(first.forwarder.status).toMatchObject({ state: 'stopped', records: 4, waiting: 0 })
  await appendBeat(log, 0, 3999)
  await appendBeat(log, 1, 3999)
  await appendNumbers(log, { partition: 1, from: 4, count: 1, watermark: 3999 })
  const second = running(scratch, { to, name })
  await second.caughtUp()
  for (const partition of [0, 1]) await appendBeat(log, partition, WATERMARK_END)
  await second.caughtUp()
  await second.stop()
  expect(await contents(to)).toEqual([
    [0, 1, '♥2500', 3, '♥3999', `♥${WATERMARK_END}`],
    [2, '♥2500', '♥3999', 4, `♥${WATERMARK_END}`],
  ])
})

test('records behind the end of input are refused', async () => {
  const [scratch, name, to] = [await logOf(1), freshName('env'), freshName('forwarded')]
  await appendBeat(scratch.log, 0, WATERMARK_END)
  await appendNumbers(scratch.log, { partition: 0, from: 0, count: 1 })
  expect(await refusalOf(running(scratch, { to, name, partitions: 1 }))).toMatchObject({ code: 'kafka/topic-ended' })
})

test('the records of another log, a topic that was made anew, and one with other partitions are refused', async () => {
  const [scratch, name, to] = [await logOf(), freshName('env'), freshName('forwarded')]
  await appendNumbers(scratch.log, { partition: 0, from: 0, count: 3 })
  const first = running(scratch, { to, name })
  await first.caughtUp()
  await first.stop()
  expect(await refusalOf(running(scratch, { to, name, logId: 'log-2' }))).toMatchObject({ code: 'kafka/other-log' })
  const admin = new TopicAdmin(CLUSTER)
  onTestFinished(() => admin.close())
  await admin.remove(to)
  while (await admin.exists(to)) await sleep(20)
  expect(await refusalOf(running(scratch, { to, name }))).toMatchObject({ code: 'kafka/topic-recreated' })
  expect(await refusalOf(running(scratch, { to, name, positionTopic: freshName('positions') }))).toMatchObject({
    code: 'kafka/positions-lost',
  })
  const few = freshName('few')
  await admin.ensure({ topic: few, partitions: 1 })
  expect(await refusalOf(running(scratch, { to: few, name: freshName('env') }))).toMatchObject({ code: 'kafka/partitions-differ' })
})

test('in Avro a topic has the same rows and heartbeats, and a topic of another form, or of other columns, is refused', async () => {
  const [scratch, name, to] = [await logOf(1), freshName('env'), freshName('forwarded')]
  const columns = FIELDS.slice(-2)
  const at = { to, name, partitions: 1, avro: columns }
  await appendNumbers(scratch.log, { partition: 0, from: 0, count: 2, watermark: 2500, text: 'ü' })
  const first = running(scratch, at)
  await first.caughtUp()
  await first.stop()
  const type = avro.Type.forSchema(stampedAvroSchema(columns) as never, { wrapUnions: false })
  const records = (await readAll(to))[0].map(({ value }) => type.fromBuffer(value as Buffer) as Record<string, unknown>)
  expect(records.map(({ _kind, num1, txt1, _watermark }) => [_kind, num1, txt1, _watermark])).toEqual([
    ['row', 0, 'ü', 2500],
    ['row', 1, 'ü', 2500],
    ['heartbeat', null, null, 2500],
  ])
  await appendNumbers(scratch.log, { partition: 0, from: 2, count: 1, watermark: 2500 })
  expect(await refusalOf(running(scratch, { to, name, partitions: 1 }))).toMatchObject({
    code: 'kafka/other-form',
    message: `The stream ${TOPIC} cannot go on in the topic ${to} on Kafka: what the topic holds is Avro, and JSON is asked for.`,
  })
  expect(await refusalOf(running(scratch, { ...at, avro: columns.slice(1) }))).toMatchObject({
    message: expect.stringContaining('is Avro of other columns'),
  })
  const again = running(scratch, at)
  await again.caughtUp()
  await again.stop()
  expect((await readAll(to))[0]).toHaveLength(4)
})

test('a second forwarder of the name fences the first, and no record is doubled', async () => {
  const [scratch, name, to] = [await logOf(1), freshName('env'), freshName('forwarded')]
  const at = { to, name, partitions: 1 }
  const both = [running(scratch, at), running(scratch, at)]
  for (let i = 0; i < 40; i++) {
    await appendNumbers(scratch.log, { partition: 0, from: i * 5, count: 5 })
    await sleep(5)
  }
  await Promise.all(both.map((one) => one.caughtUp()))
  await both[0].stop()
  await both[1].caughtUp()
  await both[1].stop()
  expect((await contents(to))[0].filter((one) => typeof one === 'number')).toEqual(Array.from({ length: 200 }, (_, i) => i))
})

test('killed twenty times between produce and commit, around it and after it, each arrival is there once', async () => {
  const [scratch, name, to] = [await logOf(), freshName('env'), freshName('forwarded')]
  const places: DeathPlace[] = ['before-commit', 'during-commit', 'before-commit', 'after-commit']
  let rows = 0
  let appending = true
  const append = async (): Promise<void> => {
    while (appending) {
      await appendNumbers(scratch.log, { partition: rows % 2, from: rows, count: 7, watermark: rows * 10 })
      rows += 7
      await sleep(3)
    }
  }
  const appends = append()
  const order: ForwardOrder = { path: scratch.path, name, to, partitions: 2, at: 1, place: 'never' }
  for (let kill = 0; kill < 20; kill++) {
    const code = await ended({ ...order, at: 1 + (kill % 3), place: places[kill % places.length] })
    expect(code).toBe('SIGKILL')
  }
  appending = false
  await appends
  const last = running(scratch, { to, name })
  await last.caughtUp()
  await last.stop()
  const found = (await contents(to)).map((partition) => partition.filter((one) => typeof one === 'number'))
  for (const partition of found) expect(partition).toEqual(partition.toSorted((a, b) => a - b))
  expect(found.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i))
})

/** How a process that forwards ends. */
function ended(order: ForwardOrder): Promise<string | number | null> {
  const script = fileURLToPath(new URL('../../test/forward-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'inherit'] })
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)))
}
