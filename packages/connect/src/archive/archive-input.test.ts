import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { type TestMember, tarOf, zipOf } from '@millrace/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { STREAM } from '../../test/decoded-text.ts'
import { CsvDecoder } from '../csv/csv-decoder.ts'
import { recordEndOf } from '../csv/csv-record-end.ts'
import { type BoundedInputOptions, digestPrefixes, openBoundedInput } from '../files/bounded-input.ts'
import type { LineBlock } from '../files/line-block.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-archive-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, `${files++}-${name}`)
  writeFileSync(path, bytes)
  return path
}

async function read(path: string, options: Partial<BoundedInputOptions> = {}) {
  const input = await openBoundedInput({ path, ...options })
  const texts: string[] = []
  const begins: number[] = []
  try {
    for await (const block of input.blocks()) {
      if (block.kind === 'lines' && block.begins === true) begins.push(block.offset)
      texts.push(block.kind === 'lines' ? Buffer.from(block.bytes).toString('utf8', block.from, block.to) : `<${block.length}>`)
    }
    return { text: texts.join(''), begins, bytes: input.bytes, sha256: input.sha256(), error: undefined }
  } catch (error) {
    return { text: texts.join(''), begins, bytes: input.bytes, sha256: input.sha256(), error: error as { code: string } }
  } finally {
    await input.close()
  }
}

const codeOf = async (path: string, options: Partial<BoundedInputOptions> = {}): Promise<string> =>
  read(path, options).then(
    ({ error }) => error?.code ?? 'none',
    (error: { code: string }) => error.code,
  )
const lines = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('')
const MEMBERS: readonly TestMember[] = [
  { name: 'b.log', bytes: lines(0, 20_000) },
  { name: '__MACOSX/b.log', bytes: 'notes' },
  { name: 'empty.log', bytes: '' },
  { name: 'folder/a.log', bytes: `${lines(20_000, 20_010)}no newline` },
  { name: 'c.log', bytes: 'last\n' },
]
const TEXT = `${lines(0, 20_010)}no newline\nlast\n`
const archives: readonly (readonly [string, () => Promise<Buffer>])[] = [
  ['a.zip', async () => zipOf(MEMBERS)],
  ['a.tar', async () => tarOf(MEMBERS)],
  ['a.tar.gz', async () => gzipSync(tarOf(MEMBERS))],
]

describe('an archive', () => {
  it.each(archives)('%s is the text of its files, one after the other', async (name, make) => {
    const path = write(name, await make())
    for (const chunkBytes of [997, 4_194_304]) {
      const { text, begins, bytes, sha256, error } = await read(path, { chunkBytes })
      expect(error).toBeUndefined()
      expect(text === TEXT).toBe(true)
      expect([bytes, sha256]).toEqual([TEXT.length, createHash('sha256').update(TEXT).digest('hex')])
      expect(begins).toEqual([0, TEXT.indexOf('line 20000\n'), TEXT.indexOf('last')])
    }
  })

  it.each(archives)('%s goes on after what was read of it', async (name, make) => {
    const path = write(name, await make())
    for (const at of [7, TEXT.indexOf('line 20000\n'), TEXT.indexOf('last')]) {
      const [after] = await digestPrefixes(path, [at])
      const { text, begins, sha256 } = await read(path, { after })
      expect(text === TEXT.slice(at)).toBe(true)
      expect(begins.includes(at)).toBe(at > 7)
      expect(sha256).toBe(createHash('sha256').update(TEXT).digest('hex'))
    }
  })

  it('of tar may come through a pipe, of zip may not', async () => {
    for (const bytes of [tarOf(MEMBERS), gzipSync(tarOf(MEMBERS))])
      expect((await read('-', { stdin: Readable.from([bytes]) })).text === TEXT).toBe(true)
    expect(await codeOf('-', { stdin: Readable.from([zipOf(MEMBERS)]) })).toBe('source/zip-from-pipe')
  })

  it('has a header in each of its CSV files, and a quote left open ends with its file', async () => {
    const members = [
      { name: 'a.csv', bytes: 'ts1,txt1\n0,a\n1,"open' },
      { name: 'b.csv', bytes: 'txt1,ts1\nb,2\n' },
    ]
    for (const bytes of [zipOf(members), tarOf(members)]) {
      const input = await openBoundedInput({ path: write('a', bytes), recordEnd: recordEndOf({ kind: 'csv' }) })
      const decoder = new CsvDecoder(STREAM)
      const rows: unknown[] = []
      const reasons: string[] = []
      for await (const block of input.blocks() as AsyncGenerator<LineBlock>) {
        const { batch, deadLetters } = decoder.decode(block, { split: 'a', firstLine: 1 })
        const column = batch.columns[1]
        if (column.kind === 'string') for (const code of column.codes) rows.push(column.dictionary.text(code))
        reasons.push(...deadLetters.map(({ reason }) => reason))
      }
      await input.close()
      expect([rows, reasons]).toEqual([['a', 'b'], ['decode/unclosed-quote']])
    }
  })
})

describe('a damaged archive', () => {
  it('is refused where it is cut off, and what came before is handed over', async () => {
    const zip = zipOf(MEMBERS)
    expect(await codeOf(write('a.zip', zip.subarray(0, zip.length - 30)))).toBe('source/corrupt-archive')
    const tar = tarOf(MEMBERS)
    const cut = await read(write('a.tar', tar.subarray(0, 100_000)))
    expect(cut.error?.code).toBe('source/corrupt-archive')
    expect(TEXT.startsWith(cut.text) && cut.text.length > 50_000).toBe(true)
    const packed = gzipSync(tar)
    const truncated = await read(write('a.tar.gz', packed.subarray(0, packed.length - 200)))
    expect(truncated.error?.code).toBe('source/truncated-gzip')
    expect(TEXT.startsWith(truncated.text)).toBe(true)
  })

  it('is refused where bytes are not those that were packed', async () => {
    expect(await codeOf(write('a.zip', zipOf([{ ...MEMBERS[0], crc: 1 }])))).toBe('source/corrupt-archive')
    expect(await codeOf(write('a.zip', zipOf([{ ...MEMBERS[0], size: 5 }])))).toBe('source/corrupt-archive')
    const zip = zipOf(MEMBERS)
    zip.fill(0xff, 200, 260)
    expect(await codeOf(write('a.zip', zip))).toBe('source/corrupt-archive')
  })

  it('is told apart by its bytes, not by its name', async () => {
    expect(await codeOf(write('a.zip', Buffer.from('no zip\n')))).toBe('source/not-zip')
    expect(await codeOf(write('a.tar', Buffer.from('no tar\n')))).toBe('source/corrupt-archive')
    expect(await codeOf(write('a.tgz', Buffer.from('no gzip\n')))).toBe('source/not-gzip')
    expect((await read(write('a.log', zipOf(MEMBERS)))).text === TEXT).toBe(true)
  })

  it('is refused where a file in it is encrypted, or compressed again', async () => {
    expect(await codeOf(write('a.zip', zipOf([{ ...MEMBERS[0], encrypted: true }])))).toBe('source/encrypted-member')
    expect(await codeOf(write('a.zip', zipOf([{ name: 'a.gz', bytes: gzipSync('a') }])))).toBe('source/nested-archive')
    expect(await codeOf(write('a.tar', tarOf([{ name: 'a.zip', bytes: zipOf(MEMBERS) }])))).toBe('source/nested-archive')
  })
})

describe('a bomb', () => {
  const zeros = Buffer.alloc(80 * 1024 ** 2)

  it('is refused before anything is read where a zip archive says what it comes to', async () => {
    const path = write(
      'a.zip',
      zipOf([
        { name: 'a', bytes: 'a\n' },
        { name: 'b', bytes: zeros },
      ]),
    )
    expect(await read(path)).toMatchObject({ text: '', error: { code: 'source/expands-too-far' } })
    expect(await codeOf(path, { limits: { ratioMax: 2000 } })).toBe('none')
    expect(await codeOf(path, { limits: { ratioMax: 2000, bytesMax: 1000 } })).toBe('source/expands-too-far')
  })

  it('is refused where gzip or a compressed tar archive comes to too much', async () => {
    for (const bytes of [gzipSync(zeros), gzipSync(tarOf([{ name: 'a', bytes: zeros }]))]) {
      expect(await codeOf(write('a.gz', bytes))).toBe('source/expands-too-far')
      expect(await codeOf(write('a.gz', bytes), { limits: { ratioMax: 2000, bytesMax: 1_000_000 } })).toBe('source/expands-too-far')
    }
  })

  it('of many small files is refused', async () => {
    const members = Array.from({ length: 11 }, (_, i) => ({ name: `f${i}`, bytes: 'a\n' }))
    for (const bytes of [zipOf(members), tarOf(members)]) {
      expect(await codeOf(write('a', bytes), { limits: { membersMax: 10 } })).toBe('source/too-many-members')
      expect(await codeOf(write('a', bytes), { limits: { membersMax: 12 } })).toBe('none')
    }
  })
})
