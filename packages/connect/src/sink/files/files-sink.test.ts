import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { batchFromRows } from '@millrace/columnar'
import { expect, it } from 'vitest'
import { appendRows, rowsBatch, SINK_FIELDS, scratchFolder, scratchLog, TOPIC, until } from '../../../test/sink-place.ts'
import { torture } from '../../../test/sink-torture.ts'
import { SinkRunner } from '../sink-runner.ts'
import { type FileFormat, jsonLinesFormat } from './file-format.ts'
import { FilesSink } from './files-sink.ts'

const AT = { log: 'l', topic: TOPIC, partition: 0 }

function sinkTo(folder: string, options: Partial<ConstructorParameters<typeof FilesSink>[0]> = {}): FilesSink {
  return new FilesSink({ name: 's', folder, format: jsonLinesFormat, ...options })
}

const batchOf = (...hits: number[]) =>
  batchFromRows(
    SINK_FIELDS,
    hits.map((hit) => ['a', 1000, hit, null]),
  )

function shown(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort()
}

function hitsIn(folder: string): number[] {
  return shown(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).hits as number),
  )
}

it('closes a file when it has enough rows, and names it by what is in it', async () => {
  const folder = join(scratchFolder(), 'made', 'on demand')
  const sink = sinkTo(folder, { rowsMax: 3 })
  await sink.open()
  await sink.write(batchOf(0, 1), { ...AT, from: 0, next: 2 })
  expect(shown(folder)).toEqual([])
  expect(await sink.position(AT)).toBe(0)
  await sink.write(batchOf(2, 3), { ...AT, from: 3, next: 5 })
  await sink.write(batchOf(4), { ...AT, from: 5, next: 6 })
  expect(shown(folder)).toEqual([expect.stringMatching(/^s-scores-[0-9a-f]{8}-0-000000000000000-000000000000005\.jsonl$/)])
  expect(await sink.position(AT)).toBe(5)
  expect(hitsIn(folder)).toEqual([0, 1, 2, 3])
  await sink.settle('if-due')
  expect(shown(folder)).toHaveLength(1)
  await sink.settle('now')
  expect(hitsIn(folder)).toEqual([0, 1, 2, 3, 4])
  expect(readFileSync(join(folder, shown(folder)[1]), 'utf8')).toBe(
    '{"ip":"a","window_end":"1970-01-01T00:00:01.000Z","hits":4,"score":null}\n',
  )
})

it('closes a file by its size and by its age', async () => {
  const folder = scratchFolder()
  const sink = sinkTo(folder, { bytesMax: 100, everyMs: 0 })
  await sink.open()
  await sink.write(batchOf(0), { ...AT, from: 0, next: 1 })
  await sink.settle('if-due')
  await sink.write(batchOf(1, 2, 3, 4), { ...AT, from: 1, next: 5 })
  expect(shown(folder)).toHaveLength(2)
})

it('keeps its account when finished files were taken away', async () => {
  const folder = scratchFolder()
  const sink = sinkTo(folder, { rowsMax: 1 })
  await sink.open()
  await sink.write(batchOf(0), { ...AT, from: 0, next: 1 })
  for (const name of shown(folder)) rmSync(join(folder, name))
  const again = sinkTo(folder)
  await again.open()
  expect(await again.position(AT)).toBe(1)
  expect(await again.position({ ...AT, log: 'another' })).toBe(0)
  expect(shown(folder)).toEqual([])
})

it('makes up for a name that a file did not get before the crash', async () => {
  const folder = scratchFolder()
  const sink = sinkTo(folder, { rowsMax: 1 })
  await sink.open()
  await sink.write(batchOf(0), { ...AT, from: 0, next: 1 })
  const [file] = shown(folder)
  renameSync(join(folder, file), join(folder, `.${file}.draft`))
  const again = sinkTo(folder)
  await again.open()
  expect(await again.position(AT)).toBe(1)
  expect(hitsIn(folder)).toEqual([0])
})

it('removes a draft that its account does not know', async () => {
  const folder = scratchFolder()
  const sink = sinkTo(folder, { rowsMax: 1 })
  await sink.open()
  await sink.write(batchOf(0), { ...AT, from: 0, next: 1 })
  const [file] = shown(folder)
  writeFileSync(join(folder, `.${file.replace('-000000000000001.', '-000000000000009.')}.draft`), 'half a li')
  const again = sinkTo(folder)
  await again.open()
  await again.position(AT)
  expect(readdirSync(folder).filter((name) => name.endsWith('.draft'))).toEqual([])
  expect(hitsIn(folder)).toEqual([0])
})

it('keeps sinks, topics and logs of one folder apart', async () => {
  const folder = scratchFolder()
  const places = [AT, { ...AT, log: 'm' }, { ...AT, topic: 'other' }, { ...AT, partition: 1 }]
  for (const name of ['s', 's2']) {
    const sink = sinkTo(folder, { name, rowsMax: 1 })
    await sink.open()
    for (const at of places) {
      expect(await sink.position(at)).toBe(0)
      await sink.write(batchOf(0), { ...at, from: 0, next: 1 })
    }
  }
  expect(shown(folder)).toHaveLength(8)
})

it('waits while its files cannot be written, and then has every row once', async () => {
  const { log } = await scratchLog()
  const folder = scratchFolder()
  let broken = true
  const format: FileFormat = {
    extension: 'jsonl',
    write: async (path, batches) => {
      if (broken) mkdirSync(join(path, 'no', 'such', 'folder'))
      await jsonLinesFormat.write(path, batches)
    },
  }
  const stop = new AbortController()
  const columns = SINK_FIELDS.map((field) => field.name)
  const limits = { pollMs: 5, batchRowsMax: 7, retry: { firstMs: 5, msMax: 20 } }
  const runner = new SinkRunner({
    ...{ log, name: 's', topic: TOPIC, partitions: 1, columns, limits },
    sink: sinkTo(folder, { format, rowsMax: 20, everyMs: 50 }),
  })
  const done = runner.run(stop.signal)
  await appendRows(log, rowsBatch(0, 100))
  await until(() => runner.status.failures > 2)
  expect(runner.status).toMatchObject({ state: 'retrying', lastError: expect.stringContaining('ENOENT') })
  expect(log.position('sink:s', TOPIC, 0) ?? 0).toBe(0)
  broken = false
  await until(() => runner.status.state === 'running' && runner.status.waiting === 0)
  stop.abort()
  await done
  expect(hitsIn(folder)).toEqual(Array.from({ length: 100 }, (_, n) => n))
  expect(log.position('sink:s', TOPIC, 0)).toBe(log.range(TOPIC, 0).next)
})

it('has each row in one file although its processes are killed', { timeout: 90_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const { log, path } = await scratchLog(2)
  const folder = scratchFolder()
  const rows = await torture({
    ...{ log, path, partitions: 2, seed, kills: 6 },
    target: { kind: 'json-lines', folder, rowsMax: 500, everyMs: 20 },
    hasAll: async (all) => hitsIn(folder).length >= all,
  })
  expect(hitsIn(folder).sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, n) => n))
})
