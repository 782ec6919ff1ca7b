import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeBatch } from '@millrace/columnar'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { STREAM } from '../../test/decoded-text.ts'
import { IngestSession, type IngestStream } from '../ingest/ingest-session.ts'
import { PushIntake } from './push-intake.ts'
import type { PushOutcome, PushRequest } from './push-request.ts'

const DAY_MS = 86_400_000
const stream: IngestStream = {
  ...STREAM,
  format: { kind: 'json-lines' },
  deadLetterTopic: 'letters',
  key: ['txt1'],
  partitions: 1,
  watermarkDelayMs: 1000,
  producer: 'http-push',
}
const LETTERS = 'letters'

let folder: string
let log: EmbeddedLog
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-push-'))
  log = openLog({ path: folder })
  for (const topic of [stream.topic, LETTERS]) await log.openTopic(topic, { partitions: 1 })
})
afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})

function intakeOf(idempotency = { keysMax: 3, ageMs: DAY_MS }) {
  const session = new IngestSession(stream)
  session.stamper.openSplit('http')
  const intake = new PushIntake({ log, stream, session, csv: {}, bodyBytesMax: 10_000, idempotency })
  let firstLine = 1
  /** Commits requests that come together. */
  return async (requests: readonly PushRequest[], now = 0): Promise<readonly PushOutcome[]> => {
    const { outcomes, block, writeKeys } = intake.prepare(requests, { firstLine, now })
    firstLine += block?.lines ?? 0
    await log.transact((transaction) => {
      block?.write(transaction, { rows: stream.topic, deadLetters: LETTERS })
      writeKeys(transaction)
    })
    return outcomes
  }
}

function request(text: string, key?: string, contentType = 'application/x-ndjson'): PushRequest {
  return { body: Buffer.from(text), contentType, contentEncoding: undefined, idempotencyKey: key }
}

const line = (at: number, text = 'a'): string => `{"ts1":${at},"txt1":"${text}"}\n`
const entries = (topic: string) =>
  log.read({ topic, partition: 0, from: 0, bytesMax: 1e6 }).map(({ bytes }) => decodeBatch(new Uint8Array(bytes)).batch)
const column = (topic: string, name: string): unknown[] =>
  entries(topic).flatMap((batch) => {
    const values = (batch.columns[batch.fields.findIndex((field) => field.name === name)] as { values: ArrayLike<number> }).values
    return Array.from(values)
  })
const counts = (outcome: PushOutcome): unknown =>
  'error' in outcome ? outcome.error.code : [outcome.answer.accepted, outcome.answer.dead_letters, outcome.repeated]

describe('requests that come together', () => {
  it('are one batch, in which each record has its place among all that were sent', async () => {
    const take = intakeOf()
    const outcomes = await take([
      request(line(1) + line(2)),
      request('no json\n\n'),
      request(`[${line(3)},{"ts1":4}]`, undefined, 'application/json'),
    ])
    expect(outcomes.map(counts)).toEqual([
      [2, 0, false],
      [0, 1, false],
      [1, 1, false],
    ])
    await take([request(line(5))])
    expect(entries(stream.topic)).toHaveLength(2)
    expect(column(stream.topic, '_offset')).toEqual([0, 1, 4, 6])
    expect(column(LETTERS, 'byte_offset')).toEqual([2, 5])
    expect(column(LETTERS, 'line')).toEqual([3, 6])
    expect(column(stream.topic, '_arrival')).toEqual([0, 1, 3, 5])
    expect(column(LETTERS, '_arrival')).toEqual([2, 4])
  })

  it('do not share the failure of one', async () => {
    const outcomes = await intakeOf()([
      request(line(1)),
      request('{', undefined, 'application/json'),
      request(line(2), undefined, 'text/plain'),
    ])
    expect(outcomes.map(counts)).toEqual([[1, 0, false], 'ingest/malformed', 'ingest/content-type'])
    expect(column(stream.topic, 'ts1')).toEqual([1])
  })

  it('may hold nothing at all', async () => {
    expect((await intakeOf()([request(''), request('[]', undefined, 'application/json')])).map(counts)).toEqual([
      [0, 0, false],
      [0, 0, false],
    ])
    expect(entries(stream.topic)).toEqual([])
  })
})

describe('an idempotency key', () => {
  it('answers a repeat as the first request, also within one commit', async () => {
    const take = intakeOf()
    const outcomes = await take([request(line(1), 'k'), request(line(1), 'k'), request(line(2), 'k')])
    expect(outcomes.map(counts)).toEqual([[1, 0, false], [1, 0, true], 'ingest/key-reused'])
    expect((await take([request(line(1), 'k')])).map(counts)).toEqual([[1, 0, true]])
    expect(column(stream.topic, 'ts1')).toEqual([1])
  })

  it('is forgotten when it is too old, or when too many came after it', async () => {
    const take = intakeOf()
    await take([request(line(1), 'old')], 0)
    expect((await take([request(line(1), 'old')], DAY_MS)).map(counts)).toEqual([[1, 0, true]])
    expect((await take([request(line(2), 'old')], DAY_MS + 1)).map(counts)).toEqual([[1, 0, false]])
    await take(
      ['b', 'c'].map((key) => request(line(3), key)),
      DAY_MS + 1,
    )
    expect((await take([request(line(2), 'old')], DAY_MS + 2)).map(counts)).toEqual([[1, 0, true]])
    await take([request(line(3), 'd')], DAY_MS + 2)
    expect((await take([request(line(4), 'old')], DAY_MS + 2)).map(counts)).toEqual([[1, 0, false]])
    expect((await take([request(line(5), 'b')], DAY_MS + 2)).map(counts)).toEqual([[1, 0, false]])
  })

  it('leaves no more behind than the limit says', async () => {
    const take = intakeOf({ keysMax: 5, ageMs: DAY_MS })
    for (let i = 0; i < 40; i++) await take([request(line(i), `key ${i % 30}`)], i)
    expect([...log.entries('push/events/key/')]).toHaveLength(5)
    expect([...log.entries('push/events/place/')]).toHaveLength(5)
    await take([], 3 * DAY_MS)
    expect([...log.entries('push/events/')]).toHaveLength(1)
  })

  it('is refused when it is empty or too long', async () => {
    expect((await intakeOf()([request(line(1), ''), request(line(1), 'k'.repeat(257))])).map(counts)).toEqual([
      'ingest/bad-key',
      'ingest/bad-key',
    ])
  })
})
