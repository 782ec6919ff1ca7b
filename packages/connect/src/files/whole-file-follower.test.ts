import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wholeTextReader } from './read-whole-text.ts'
import { isReadWhole, type WholeFile } from './whole-file.ts'
import { type WholeEvent, WholeFileFollower } from './whole-file-follower.ts'

let cwd: string
/** What was committed, by path. */
let known: Map<string, WholeFile>
let clock = 1_000_000
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'millrace-whole-'))
  mkdirSync(join(cwd, 'folder.gz'))
  known = new Map()
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

function write(name: string, bytes: Uint8Array | string, at = clock++): void {
  const path = join(cwd, name)
  writeFileSync(path, typeof bytes === 'string' ? gzipSync(bytes) : bytes)
  utimesSync(path, at, at)
}

const lines = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('')

/** Follows until everything is read, with what was committed before; stops after so many parts. */
async function follow(
  partsMax = Number.POSITIVE_INFINITY,
  filesMax = 100,
): Promise<{ readonly text: Record<string, string>; readonly told: string[] }> {
  const controller = new AbortController()
  const follower = new WholeFileFollower({
    patterns: ['*'],
    cwd,
    accepts: isReadWhole,
    known: [...known.values()],
    read: wholeTextReader({ limits: { ratioMax: 100 } }),
    signal: controller.signal,
    pollMs: 5,
    filesMax,
  })
  const text: Record<string, string> = {}
  const told: string[] = []
  let parts = 0
  for await (const event of follower.events()) {
    take(event)
    if (event.kind === 'through' || parts >= partsMax) controller.abort()
  }
  return { text, told }

  function take(event: WholeEvent): void {
    if (event.kind === 'through') return
    if (event.kind === 'discovered')
      return void told.push(`discovered ${event.files.map(({ split, lines: count }) => `${split}+${count}`).join(' ')}`)
    if (event.kind === 'problem') return void told.push(event.error.code)
    if (event.kind === 'forgotten') {
      for (const { path } of event.files) known.delete(path)
      return void told.push(`forgotten ${event.files.map(({ path }) => path).join(' ')}`)
    }
    let { file } = event
    if (event.kind === 'part' && event.part.records.kind === 'block' && event.part.records.block.kind === 'lines') {
      const { bytes, from, to } = event.part.records.block
      const part = Buffer.from(bytes).toString('utf8', from, to)
      text[file.split] = (text[file.split] ?? '') + part
      file = { ...file, lines: file.lines + part.split('\n').length - 1 }
      parts += 1
    } else told.push(event.kind === 'failed' ? `failed ${file.split} ${event.error.code}` : `${event.kind} ${file.split}`)
    known.set(file.path, JSON.parse(JSON.stringify(file)))
    follower.keep(file)
  }
}

describe('files that are read whole', () => {
  it('are discovered together, read in the order of their names, and once', async () => {
    write('b.gz', lines(0, 10))
    write('a.tgz', lines(10, 20))
    write('c.log', 'not whole')
    write('d.gz', gzipSync(''))
    expect(await follow()).toEqual({
      text: { 'a.tgz#1': lines(10, 20), 'b.gz#1': lines(0, 10) },
      told: ['discovered a.tgz#1+0 b.gz#1+0 d.gz#1+0', 'done a.tgz#1', 'done b.gz#1', 'done d.gz#1'],
    })
    expect(await follow()).toEqual({ text: {}, told: [] })
  })

  it('go on where they were left', async () => {
    write('a.gz', lines(0, 1_500_000))
    const first = await follow(2)
    const rest = await follow()
    expect((first.text['a.gz#1'] ?? '') + rest.text['a.gz#1'] === lines(0, 1_500_000)).toBe(true)
    expect(first.text['a.gz#1'].length).toBeGreaterThan(1_000_000)
    expect(rest.told).toEqual([`discovered a.gz#1+${first.text['a.gz#1'].split('\n').length - 1}`, 'done a.gz#1'])
  })

  it('are another split when they are another content, and go on when they have grown', async () => {
    write('a.gz', lines(0, 10))
    await follow()
    write('a.gz', lines(0, 15))
    expect(await follow()).toEqual({ text: { 'a.gz#1': lines(10, 15) }, told: ['discovered a.gz#1+10', 'done a.gz#1'] })
    write('a.gz', lines(5, 9))
    expect(await follow()).toEqual({ text: { 'a.gz#2': lines(5, 9) }, told: ['discovered a.gz#1+15', 'renewed a.gz#2', 'done a.gz#2'] })
    write('a.gz', lines(5, 9))
    expect(await follow()).toEqual({ text: {}, told: ['discovered a.gz#2+4', 'done a.gz#2'] })
  })

  it('are told of once when they are cut off, and go on when they are whole', async () => {
    const whole = gzipSync(lines(0, 100_000))
    write('a.gz', whole.subarray(0, whole.length - 1000))
    const first = await follow()
    expect(first.told).toEqual(['discovered a.gz#1+0', 'failed a.gz#1 source/truncated-gzip'])
    expect((await follow()).told).toEqual([])
    write('a.gz', whole)
    const rest = await follow()
    expect((first.text['a.gz#1'] ?? '') + rest.text['a.gz#1'] === lines(0, 100_000)).toBe(true)
    expect(rest.told.at(-1)).toBe('done a.gz#1')
  })

  it('do not hold each other up where one cannot be read', async () => {
    write('a.gz', Buffer.from('no gzip'))
    write('b.gz', gzipSync(Buffer.alloc(80 * 1024 ** 2)))
    write('c.gz', lines(0, 1))
    expect(await follow()).toEqual({
      text: { 'c.gz#1': lines(0, 1) },
      told: [
        'discovered a.gz#1+0 b.gz#1+0 c.gz#1+0',
        'failed a.gz#1 source/not-gzip',
        'failed b.gz#1 source/expands-too-far',
        'done c.gz#1',
      ],
    })
  })

  it('are not more than may be known: those that are gone are forgotten first, and others are left out', async () => {
    for (const name of ['a.gz', 'b.gz', 'c.gz']) write(name, lines(0, 1))
    await follow(undefined, 3)
    rmSync(join(cwd, 'a.gz'))
    rmSync(join(cwd, 'b.gz'))
    write('d.gz', lines(0, 1))
    expect((await follow(undefined, 3)).told).toEqual(['forgotten a.gz', 'discovered d.gz#1+0', 'done d.gz#1'])
    for (const name of ['e.gz', 'f.gz']) write(name, lines(0, 1))
    expect((await follow(undefined, 3)).told).toEqual(['forgotten b.gz', 'discovered e.gz#1+0', 'source/too-many-files', 'done e.gz#1'])
    expect([...known.keys()]).toEqual(['c.gz', 'd.gz', 'e.gz'])
  })

  it('wait until they are not written to any more', async () => {
    write('a.gz', lines(0, 1), Date.now() / 1000 - 0.4)
    expect(await follow()).toMatchObject({ text: { 'a.gz#1': lines(0, 1) } })
    expect(Date.now() - (known.get('a.gz')?.changedAt ?? 0)).toBeGreaterThanOrEqual(1000)
  })
})
