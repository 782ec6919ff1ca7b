import { spawnSync } from 'node:child_process'
import { access, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { TableScan } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { batch, DAY_MS, FIELDS, type LakeFixture, openFixture } from '../../test/lake-fixture.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

let tables = 0
async function created(partitionBy: string[] = []) {
  const name = { namespace: 'dev', table: `t${tables++}` }
  await fixture.lake.openTable(name, { fields: FIELDS, partitionBy })
  return name
}
type Name = Awaited<ReturnType<typeof created>>
const append = (name: Name, numbers: number[], options: { positions?: Record<string, Record<string, number>>; closing?: boolean } = {}) =>
  fixture.lake.append(name, {
    batches: [batch(numbers.map((number) => [number * DAY_MS, number, `txt${number}`]))],
    positions: options.positions ?? {},
    ...(options.closing === true ? { summary: { 'millrace.closing': 'true' } } : {}),
  })
const eq = (number: number) => ({ fn: 'eq', args: [{ col: 'num1' }, { lit: String(number), type: 'int64' }] })
const numbersOf = async (scan: TableScan) => (await fixture.read(scan, 'num1')).map(([value]) => Number(value))
const numbers = async (name: Name) => (await numbersOf(await fixture.lake.scan(name))).sort((a, b) => a - b)
const filesOf = async (name: Name) => {
  const folder = join(fixture.warehouse, name.namespace, name.table)
  return (await Promise.all(['data', 'metadata'].map((part) => readdir(join(folder, part))))).flat().sort()
}
const later = () => Date.now() + 1000

/** A lake in which something is done by others while its next commit is under way. */
function during(meanwhile: () => Promise<unknown>): ReturnType<typeof fixture.open> {
  let isDone = false
  return fixture.open({
    onCommit: async () => {},
    pool: {
      connect: () => fixture.store.pool.connect(),
      query: async (text, values) => {
        if (text.startsWith('UPDATE') && !isDone) {
          isDone = true
          await meanwhile()
        }
        return fixture.store.pool.query(text, values)
      },
    },
  })
}

describe('compaction', () => {
  test('puts small files of a partition together, in their order, and counts itself as a replacement', async () => {
    const name = await created(['truncate(100, num1)'])
    for (const list of [[1, 101], [2], [3, 102]]) await append(name, list, { positions: { own: { 0: list[0] } } })
    const snapshot = await fixture.lake.compact(name)
    expect(snapshot).toMatchObject({ operation: 'replace', rows: 5, positions: { own: { 0: 3 } } })
    expect(snapshot?.summary).toMatchObject({
      'added-data-files': '2',
      'deleted-data-files': '5',
      'added-records': '5',
      'deleted-records': '5',
    })
    const scan = await fixture.lake.scan(name)
    expect(scan.files).toHaveLength(2)
    expect(await numbersOf(scan)).toEqual([1, 2, 3, 101, 102])
    expect(await fixture.lake.compact(name)).toBeUndefined()
    expect((await fixture.lake.scan(name, { bounds: [{ column: 'num1', min: 100 }] })).files).toHaveLength(1)
  })

  test('sorts rows, so that scans leave out more, and splits what comes out too large', async () => {
    const name = await created()
    const shuffled = Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 300_000)
    for (const part of [0, 1, 2]) await append(name, shuffled.slice(part * 100_000, (part + 1) * 100_000))
    const bounds = [{ column: 'num1', min: 290_000 }]
    expect((await fixture.lake.scan(name, { bounds })).files).toHaveLength(3)
    await fixture.lake.compact(name, { sortBy: ['num1'], targetBytes: 200_000 })
    const scan = await fixture.lake.scan(name, { bounds })
    expect(scan.files).toHaveLength(1)
    expect(scan.pruned).toBeGreaterThan(0)
    expect(await fixture.read(await fixture.lake.scan(name), 'count(*), count(DISTINCT num1), sum(num1)')).toEqual([
      ['300000', '300000', String((300_000 * 299_999) / 2)],
    ])
    await expect(fixture.lake.compact(name, { sortBy: ['num'] })).rejects.toMatchObject({ code: 'lake/unknown-column' })
  })

  test('is built upon what others append meanwhile, and conflicts with the removal of a file it replaces', async () => {
    const name = await created()
    await append(name, [1])
    await append(name, [2])
    await (await during(() => append(name, [3]))).compact(name)
    expect(await numbers(name)).toEqual([1, 2, 3])
    const conflicting = (await during(() => fixture.lake.deleteRows(name, { where: eq(3) }))).compact(name)
    await expect(conflicting).rejects.toMatchObject({ code: 'lake/conflict' })
    expect(await numbers(name)).toEqual([1, 2])
    expect(await fixture.lake.sweepOrphans(name)).toEqual([])
  })

  test('by size classes keeps the files of many commits few, and writes a row anew a few times only', { timeout: 60_000 }, async () => {
    const name = await created()
    let written = 0
    const limits = { targetBytes: 2_000_000, filesMin: 4, bytesMax: 1_000_000 }
    let most = 0
    for (let commit = 0; commit < 150; commit++) {
      await append(
        name,
        Array.from({ length: 40 }, (_, i) => commit * 40 + i),
      )
      const snapshot = await fixture.lake.compact(name, limits)
      written += Number(snapshot?.summary['added-records'] ?? 0)
      most = Math.max(most, (await fixture.lake.scan(name)).files.length)
    }
    expect(await numbers(name)).toEqual(Array.from({ length: 6_000 }, (_, i) => i))
    // Everything stays in the lowest class here, which 256 KiB end.
    expect(most).toBeLessThanOrEqual(4)
    expect(written).toBeGreaterThan(6_000)
  })

  test('by size classes leaves a large file alone where small ones are put together, and does no more at once than it may', async () => {
    const name = await created(['truncate(1000000, num1)'])
    const large = Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 200_000)
    await append(name, large)
    for (let i = 0; i < 4; i++) await append(name, [300_000 + i, 1_000_000 + i])
    const [before] = (await fixture.lake.scan(name)).files
    const limits = { filesMin: 4, bytesMax: 1 }
    expect((await fixture.lake.compact(name, limits))?.summary).toMatchObject({ 'deleted-data-files': '4', 'added-data-files': '1' })
    expect((await fixture.lake.compact(name, limits))?.summary).toMatchObject({ 'deleted-data-files': '4', 'added-data-files': '1' })
    expect(await fixture.lake.compact(name, limits)).toBeUndefined()
    expect((await fixture.lake.scan(name)).files.map(({ path }) => path)).toContain(before.path)
  })

  test('of provisional rows stays provisional', async () => {
    const name = await created()
    await append(name, [1])
    await append(name, [2], { closing: true })
    expect((await fixture.lake.compact(name))?.summary['millrace.closing']).toBe('true')
  })
})

describe('condensing', () => {
  const rows = (all: string) => `(SELECT max(ts1) AS ts1, num1, txt1 FROM ${all} GROUP BY num1, txt1)`

  test('replaces old rows by those that stand for them, and leaves young ones and what is condensed alone', async () => {
    const name = await created()
    for (let i = 0; i < 8; i++) await append(name, [1, 2, 3])
    const young = await append(name, [1])
    const snapshot = await fixture.lake.condense(name, { rows, before: later(), filesMin: 8 })
    expect(snapshot).toMatchObject({ operation: 'overwrite', rows: 3, positions: {} })
    expect(await fixture.lake.condense(name, { rows, before: later(), filesMin: 1 })).toBeUndefined()
    await append(name, [1])
    expect(await fixture.lake.condense(name, { rows, before: young.at, filesMin: 1 })).toBeUndefined()
    expect((await fixture.lake.condense(name, { rows, before: later(), filesMin: 1 }))?.rows).toBe(3)
    expect(await numbers(name)).toEqual([1, 2, 3])
  })

  test('waits until changes have come to a share of what is condensed, and does not put condensed files together', async () => {
    const name = await created()
    await append(
      name,
      Array.from({ length: 100 }, (_, i) => i),
    )
    await fixture.lake.condense(name, { rows, before: later(), filesMin: 1 })
    for (let i = 0; i < 3; i++) {
      await append(name, [i, i + 1, i + 2, i + 3, i + 4, i + 5, i + 6, i + 7])
      expect(await fixture.lake.condense(name, { rows, before: later(), filesMin: 1 })).toBeUndefined()
    }
    await fixture.lake.compact(name, { filesMin: 2 })
    expect((await fixture.lake.scan(name)).files).toHaveLength(2)
    await append(name, [1])
    expect((await fixture.lake.condense(name, { rows, before: later(), filesMin: 1 }))?.rows).toBe(100)
  })

  test('is built upon what others append meanwhile, goes partition by partition, and may leave nothing', async () => {
    const name = await created(['truncate(100, num1)'])
    for (let i = 0; i < 2; i++) await append(name, [1, 101])
    await fixture.lake.condense(name, { rows, before: later(), filesMin: 2 })
    expect(await numbers(name)).toEqual([1, 101])
    const nothing = (all: string) => `(SELECT * FROM ${all} WHERE num1 > 100)`
    await append(name, [2])
    const lake = await during(() => append(name, [3]))
    await lake.condense(name, { rows: nothing, before: later(), filesMin: 1 })
    expect((await numbers(name)).filter((number) => number < 100)).not.toContain(1)
    expect(await numbers(name)).toContain(3)
    expect(await fixture.lake.sweepOrphans(name)).toEqual([])
  })

  test('of provisional rows does nothing', async () => {
    const name = await created()
    await append(name, [1])
    await append(name, [1], { closing: true })
    expect(await fixture.lake.condense(name, { rows, before: later(), filesMin: 1 })).toBeUndefined()
  })
})

describe('expiry', () => {
  test('drops old snapshots with the files that only they need', async () => {
    const name = await created()
    const first = await append(name, [1])
    await append(name, [2])
    await fixture.lake.overwrite(name, { where: eq(1), batches: [batch([[0, 5, 'a']])] })
    const before = await filesOf(name)
    const expired = await fixture.lake.expire(name, { before: later() })
    expect(expired).toMatchObject({ snapshots: [first.id, expect.any(Number)], held: [] })
    // Two lists, the manifest of the first append and its data file.
    expect(expired.files).toBe(4)
    expect((await filesOf(name)).length).toBe(before.length - 4 + 1)
    expect(await numbers(name)).toEqual([2, 5])
    await expect(fixture.lake.scan(name, { snapshotId: first.id })).rejects.toMatchObject({ code: 'lake/unknown-snapshot' })
    expect(await fixture.lake.sweepOrphans(name)).toEqual([])
    expect(await fixture.lake.expire(name, { before: later() })).toEqual({ snapshots: [], held: [], files: 0 })
  })

  test('keeps what is young, what is last, and what a tag names', async () => {
    const name = await created()
    const [first, second, third, fourth] = [
      await append(name, [1]),
      await append(name, [2]),
      await append(name, [3]),
      await append(name, [4]),
    ]
    expect((await fixture.lake.expire(name, { before: first.at })).snapshots).toEqual([])
    await fixture.lake.tag(name, { tag: 'audit', snapshotId: first.id })
    expect((await fixture.lake.expire(name, { before: later(), keepLast: 2 })).snapshots).toEqual([second.id])
    expect((await fixture.lake.snapshots(name)).map(({ id }) => id)).toEqual([first.id, third.id, fourth.id])
    expect(await numbersOf(await fixture.lake.scan(name, { version: 'audit' }))).toEqual([1])
    await fixture.lake.dropTag(name, 'audit')
    expect((await fixture.lake.expire(name, { before: later(), keepLast: 2 })).snapshots).toEqual([first.id])
  })

  test('keeps the snapshot that a writer goes on from, below provisional rows and below those of another program', async () => {
    const name = await created()
    await append(name, [1])
    const real = await append(name, [2], { positions: { own: { 0: 2 } } })
    await append(name, [9], { positions: { own: { 0: 2 } }, closing: true })
    expect((await fixture.lake.expire(name, { before: later() })).snapshots).toHaveLength(1)
    expect((await fixture.lake.snapshots(name))[0].id).toBe(real.id)
    const next = await fixture.lake.append(name, { batches: [], positions: { own: { 0: 3 } }, parent: real.id })
    expect(next.rows).toBe(2)
  })

  test('waits for readers: a snapshot that is read keeps its files until it is released', async () => {
    const name = await created()
    await append(name, [1])
    const reader = await fixture.open()
    const pinned = await reader.pin(name)
    await fixture.lake.overwrite(name, { where: eq(1), batches: [batch([[0, 2, 'b']])] })
    expect(await fixture.lake.expire(name, { before: later() })).toMatchObject({ snapshots: [], held: [pinned.snapshot?.id] })
    expect(await reader.expire(name, { before: later() })).toMatchObject({ held: [pinned.snapshot?.id] })
    await fixture.lake.sweepOrphans(name)
    expect(await numbersOf(pinned)).toEqual([1])
    await pinned.release()
    await pinned.release()
    expect((await fixture.lake.expire(name, { before: later() })).snapshots).toEqual([pinned.snapshot?.id])
    await expect(access(pinned.files[0].path)).rejects.toThrow()
  })

  test('does not wait for a reader that was killed', async () => {
    const name = await created()
    await append(name, [1])
    const child = spawnSync(process.execPath, [
      join(import.meta.dirname, '../../test/reader-child.ts'),
      fixture.store.url,
      fixture.warehouse,
      name.table,
    ])
    expect(child.signal).toBe('SIGKILL')
    await append(name, [2])
    for (let tries = 0; tries < 50; tries++) {
      if ((await fixture.lake.expire(name, { before: later() })).held.length === 0) break
      await setTimeout(100)
    }
    expect(await fixture.lake.snapshots(name)).toHaveLength(1)
  })
})

describe('a sweep of orphans', () => {
  test('leaves the files of a commit that is under way', async () => {
    const name = await created()
    const writer = await fixture.open({ fileRowsMax: 1 })
    const slow = async function* () {
      for (const number of [1, 2, 3]) yield batch([[0, number, 'a']])
      expect((await filesOf(name)).filter((file) => file.endsWith('.parquet')).length).toBeGreaterThan(0)
      expect(await fixture.lake.sweepOrphans(name)).toEqual([])
    }
    await writer.append(name, { batches: slow(), positions: {} })
    expect(await numbers(name)).toEqual([1, 2, 3])
  })
})

describe('a change that is killed', () => {
  const stages = ['data-written', 'metadata-written', 'committed']
  const cases = ['overwrite', 'compact', 'condense', 'expire', 'evolve', 'tag'].flatMap((what) => stages.map((stage) => [what, stage]))
  test.each(cases)('%s at %s leaves the table readable and whole', async (what, stage) => {
    const name = await created()
    await append(name, [1, 2])
    await append(name, [3])
    const child = spawnSync(
      process.execPath,
      [join(import.meta.dirname, '../../test/change-child.ts'), fixture.store.url, fixture.warehouse, name.table, what, stage],
      { encoding: 'utf8' },
    )
    const isMetadataOnly = what === 'expire' || what === 'evolve' || what === 'tag'
    expect(child.signal, child.stderr).toBe(isMetadataOnly && stage === 'data-written' ? null : 'SIGKILL')
    const isDone = stage === 'committed'
    expect(await numbers(name)).toEqual(what === 'overwrite' && isDone ? [1, 3, 9] : [1, 2, 3])
    await fixture.lake.sweepOrphans(name)
    expect(await numbers(name)).toEqual(what === 'overwrite' && isDone ? [1, 3, 9] : [1, 2, 3])
    const data = (await filesOf(name)).filter((file) => file.endsWith('.parquet'))
    const listed = await Promise.all(
      (await fixture.lake.snapshots(name)).map(async ({ id }) => (await fixture.lake.scan(name, { snapshotId: id })).files),
    )
    expect(data).toEqual([...new Set(listed.flat().map((file) => file.path.replace(/^.*\//, '')))].sort())
    await append(name, [4])
    expect((await numbers(name)).at(-1)).toBe(isDone && what === 'overwrite' ? 9 : 4)
  })
})

describe('a data file', () => {
  const replaced = async (content: Buffer | undefined) => {
    const name = await created()
    await append(name, [1, 2])
    await append(name, [3])
    const [{ path }] = (await fixture.lake.scan(name)).files
    if (content === undefined) await rm(path)
    else await writeFile(path, content)
    return name
  }
  const other = async () => {
    const name = { namespace: 'dev', table: `t${tables++}` }
    const fields = [{ name: 'quite_another', type: 'string', nullable: true }]
    await fixture.lake.openTable(name, { fields })
    await fixture.lake.append(name, { batches: [batch([['x']], fields)], positions: {} })
    return readFile((await fixture.lake.scan(name)).files[0].path)
  }

  test.each([
    ['of another schema in its place', true, 'lake/file-differs'],
    ['that is gone', false, 'lake/file-missing'],
  ])('%s is told before it is read as nulls, and nothing is built upon it', async (_what, isReplaced, code) => {
    const name = await replaced(isReplaced ? await other() : undefined)
    await expect(fixture.lake.pin(name)).rejects.toMatchObject({ code, family: 'operating' })
    await expect(fixture.lake.compact(name)).rejects.toMatchObject({ code })
    await expect(fixture.lake.deleteRows(name, { where: eq(1) })).rejects.toMatchObject({ code })
    expect(await fixture.lake.snapshots(name)).toHaveLength(2)
  })

  test('that nobody committed is not read, and not swept where it is not ours', async () => {
    const name = await created()
    await append(name, [1])
    const stray = join(fixture.warehouse, 'dev', name.table, 'data', 'stray.parquet')
    await writeFile(stray, await other())
    expect(await numbers(name)).toEqual([1])
    expect(await fixture.lake.sweepOrphans(name)).toEqual([])
    await access(stray)
  })
})

describe('tags', () => {
  test('name snapshots, are listed and dropped', async () => {
    const name = await created()
    const first = await append(name, [1])
    const second = await append(name, [2])
    expect(await fixture.lake.tag(name, { tag: 'b', snapshotId: first.id })).toEqual({ name: 'b', snapshotId: first.id })
    await fixture.lake.tag(name, { tag: 'a' })
    expect(await fixture.lake.tags(name)).toEqual([
      { name: 'a', snapshotId: second.id },
      { name: 'b', snapshotId: first.id },
    ])
    await fixture.lake.dropTag(name, 'a')
    expect(await fixture.lake.tags(name)).toHaveLength(1)
    expect((await fixture.lake.scan(name, { version: String(second.id) })).snapshot?.id).toBe(second.id)
    expect((await fixture.lake.scan(name, { asOf: first.at })).snapshot?.at).toBe(first.at)
  })

  test.each([
    ['2026', 'lake/bad-tag'],
    ['a b', 'lake/bad-tag'],
    ['main', 'lake/tag-exists'],
  ])('cannot be called %j', async (tag, code) => {
    const name = await created()
    await append(name, [1])
    await expect(fixture.lake.tag(name, { tag })).rejects.toMatchObject({ code, family: 'user' })
  })

  test('that are not there are told, and so are times before the table', async () => {
    const name = await created()
    await expect(fixture.lake.tag(name, { tag: 'x' })).rejects.toMatchObject({ code: 'lake/unknown-snapshot' })
    await append(name, [1])
    await expect(fixture.lake.scan(name, { version: 'x' })).rejects.toMatchObject({ code: 'lake/unknown-tag', facts: { found: ['main'] } })
    await expect(fixture.lake.scan(name, { version: '12' })).rejects.toMatchObject({ code: 'lake/unknown-snapshot' })
    await expect(fixture.lake.scan(name, { asOf: 0 })).rejects.toMatchObject({ code: 'lake/unknown-snapshot' })
    await expect(fixture.lake.dropTag(name, 'main')).rejects.toMatchObject({ code: 'lake/unknown-tag' })
  })
})
