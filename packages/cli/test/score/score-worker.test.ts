import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchFromRows, decodeBatch, rowsOf, type Value } from '@millrace/columnar'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { exportOnnx } from '@millrace/ml'
import { addModelVersion, deploy, openStore, rollback, type Store, saveArtifact, stopServices } from '@millrace/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readOnlineRow } from '../../src/pipeline/online-row.ts'
import type { ScoreMessage } from '../../src/pipeline/score-message.ts'
import { type ScoreLink, startScorer } from '../../src/pipeline/start-scorer.ts'
import { declared, VIEW_FIELDS } from './declared-model.ts'

const MINUTE = 60_000
const PLACE = { project: 'scored', model: declared.name, env: 'dev' }

let stateDir = ''
let store: Store
let log: EmbeddedLog
let link: ScoreLink
let minute = 0
const messages: ScoreMessage[] = []

beforeAll(async () => {
  stateDir = mkdtempSync(join(realpathSync(tmpdir()), 'millrace-score-worker-'))
  store = await openStore({ stateDir })
  log = openLog({ path: join(stateDir, 'log') })
  for (const topic of ['view', 'view@closing', 'judged']) await log.openTopic(topic, { partitions: 2 })
  link = start()
})

afterAll(async () => {
  await link.leave()
  await log.close()
  await store.close()
  await stopServices({ stateDir })
  rmSync(stateDir, { recursive: true, force: true })
})

function start(): ScoreLink {
  const scope = { id: 'live', env: 'dev', logDir: join(stateDir, 'log'), namespace: 'dev' }
  const started = startScorer({
    scope,
    stateDir,
    databaseUrl: store.url,
    project: PLACE.project,
    models: [declared],
    pace: 'live',
    heapMax: 256,
    onMessage: (message) => messages.push(message),
  })
  if (started === undefined) throw new TypeError('no scorer')
  return started
}

/** A version that says the same of every row. */
async function register(logOdds: number): Promise<number> {
  const leaf = {
    feature: Int32Array.of(-1),
    threshold: Float32Array.of(0),
    missingLeft: Uint8Array.of(0),
    left: Int32Array.of(-1),
    right: Int32Array.of(-1),
  }
  const tree = { ...leaf, value: Float32Array.of(logOdds), cover: Float64Array.of(1) }
  const bytes = exportOnnx({ features: ['hits', 'total'], baseScore: 0, trees: [tree] }, { name: 'constant' })
  return addVersion(bytes)
}

async function addVersion(bytes: Uint8Array): Promise<number> {
  const { version } = await addModelVersion(store.db, {
    project: PLACE.project,
    model: PLACE.model,
    source: 'registered',
    artifactSha256: await saveArtifact(stateDir, bytes),
    features: ['hits', 'total'],
    threshold: 0.5,
    planHash: null,
    profile: {},
    figures: null,
    gates: [],
    trainingSet: null,
  })
  return version
}

/** Appends a window of two keys to both partitions and waits for its scored rows. */
async function nextWindow(): Promise<Value[][]> {
  const end = ++minute * MINUTE
  const from = [0, 1].map((partition) => log.range('judged', partition).next)
  for (const partition of [0, 1]) {
    const rows = [5, 50].map((hits): Value[] => [end - MINUTE, end, `key ${partition} ${hits}`, hits, hits * 10, end - 1, end + 1])
    await log.transact((transaction) =>
      transaction.append({ topic: 'view', partition, batch: batchFromRows(VIEW_FIELDS, rows), watermarkAfter: end, ingestedAt: end }),
    )
  }
  await until(() => from.every((next, partition) => log.range('judged', partition).next === next + 2))
  return [0, 1].flatMap((partition) =>
    log
      .read({ topic: 'judged', partition, from: from[partition], bytesMax: 1e9 })
      .flatMap(({ bytes }) => rowsOf(decodeBatch(new Uint8Array(bytes)).batch)),
  )
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 15_000
  while (!(await done())) {
    if (performance.now() > end) throw new RangeError('it did not come')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const decided = (rows: readonly Value[][]): Value[][] => rows.map((row) => [row[3], ...row.slice(7, 10)])

async function untilVersion(version: number | null): Promise<void> {
  await until(async () => (await nextWindow()).every((row) => row[9] === version))
}

test('without a version the fallback rule decides about every row', async () => {
  expect(decided(await nextWindow())).toEqual([
    [5, false, 'fallback', null],
    [50, true, 'fallback', null],
    [5, false, 'fallback', null],
    [50, true, 'fallback', null],
  ])
})

test('a deployment and a rollback take over between windows, and every row is decided by one of the versions', async () => {
  const first = await register(3)
  await deploy(store.db, { ...PLACE, version: first, by: 'test' })
  await untilVersion(first)
  expect(decided(await nextWindow())).toEqual(new Array(4).fill(0).map((_, i) => [i % 2 === 0 ? 5 : 50, true, 'model', first]))
  const second = await register(-3)
  await deploy(store.db, { ...PLACE, version: second, by: 'test' })
  const seen = new Set<Value>()
  await until(async () => {
    for (const row of await nextWindow()) seen.add(row[9])
    return seen.has(second)
  })
  expect([...seen].sort()).toEqual([first, second])
  await rollback(store.db, { ...PLACE, by: 'test' })
  await untilVersion(first)
  expect(messages.filter((one) => one.kind === 'switched').map((one) => one.version)).toEqual([first, second, first])
})

test('a deployed file that is not ONNX is said, and the version before goes on', async () => {
  const before = (await nextWindow())[0][9]
  await deploy(store.db, { ...PLACE, version: await addVersion(Buffer.from('no model')), by: 'test' })
  await until(() => messages.some((one) => one.kind === 'trouble' && one.code === 'model/not-onnx'))
  expect(new Set((await nextWindow()).map((row) => row[9]))).toEqual(new Set([before]))
  await rollback(store.db, { ...PLACE, by: 'test' })
})

test('the latest row of a key can be read, and figures are told', async () => {
  await nextWindow()
  expect(readOnlineRow(log, 'judged', ['key 1 50'])).toMatchObject({
    windowEnd: minute * MINUTE,
    row: { hits: 50, total: 500, decided_by: 'model' },
  })
  await until(() => messages.some((one) => one.kind === 'scored' && one.figures.rowsByModel > 0 && one.figures.batchMs.length > 0))
})

test('a worker that leaves and is started again goes on where it was', async () => {
  await link.leave()
  const next = log.range('judged', 0).next
  link = start()
  const rows = await nextWindow()
  expect([rows.length, log.range('judged', 0).next]).toEqual([4, next + 2])
})

test('finish and close are answered when everything is durable', async () => {
  await log.transact((transaction) =>
    transaction.append({
      topic: 'view@closing',
      partition: 1,
      batch: batchFromRows(VIEW_FIELDS, [[0, MINUTE, 'open', 1, 1, 1, 1]]),
      watermarkAfter: 0,
      ingestedAt: 0,
    }),
  )
  const finished = link.next('finished')
  link.send({ kind: 'finish' })
  await finished
  const closed = link.next('closed')
  link.send({ kind: 'close', from: { view: [0, 0] } })
  await closed
  const [entry] = log.read({ topic: 'judged@closing', partition: 1, from: 0, bytesMax: 1e9 })
  expect(rowsOf(decodeBatch(new Uint8Array(entry.bytes)).batch).map((row) => row[2])).toEqual(['open'])
})
