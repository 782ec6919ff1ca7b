import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { MillraceError } from '@millrace/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type BoundedInputOptions, digestPrefixes, openBoundedInput } from './bounded-input.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-bounded-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** `offset:text` of each block, `~` before a tail. */
async function read(options: BoundedInputOptions): Promise<{ blocks: string[]; bytes: number; sha256: string; name: string }> {
  const input = await openBoundedInput(options)
  const blocks: string[] = []
  try {
    for await (const block of input.blocks()) {
      const text =
        block.kind === 'lines'
          ? Buffer.from(block.bytes.subarray(block.from, block.to)).toString()
          : `long ${block.length} ${Buffer.from(block.head).toString().length}`
      blocks.push(`${block.tail ? '~' : ''}${block.offset}-${block.end}:${text}`)
    }
    return { blocks, bytes: input.bytes, sha256: input.sha256(), name: input.name }
  } finally {
    await input.close()
  }
}

/** The text of all blocks together. */
async function text(options: BoundedInputOptions): Promise<string> {
  const { blocks } = await read(options)
  return blocks.map((block) => block.slice(block.indexOf(':') + 1)).join('')
}

async function failure(work: Promise<unknown>): Promise<MillraceError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (!(error instanceof MillraceError)) throw error
  return error
}

const LONG = Array.from({ length: 3000 }, (_, i) => `line ${i} ${'x'.repeat(i % 97)}`).join('\n')

describe('reads', () => {
  test('whole lines, and the last line without newline as a tail', async () => {
    const path = file('a.log', 'one\ntwo\nthree')
    expect(await read({ path })).toEqual({
      blocks: ['0-8:one\ntwo\n', '~8-13:three'],
      bytes: 13,
      sha256: sha256('one\ntwo\nthree'),
      name: 'a.log',
    })
  })

  test.each([1, 7, 64, 1000, 100_000])('the same bytes in chunks of %d', async (chunkBytes) => {
    const content = chunkBytes < 10 ? LONG.slice(0, 2000) : LONG
    const path = file('a.log', content)
    const { blocks, ...rest } = await read({ path, chunkBytes })
    expect(rest).toEqual({ bytes: content.length, sha256: sha256(content), name: 'a.log' })
    expect(await text({ path, chunkBytes })).toBe(content)
    expect(blocks.slice(0, -1).every((block) => block.endsWith('\n'))).toBe(true)
  })

  test('gzip by its first bytes, whatever its name, with members after each other', async () => {
    const path = file('a.log', Buffer.concat([gzipSync('one\ntw'), gzipSync('o\n')]))
    expect(await read({ path })).toMatchObject({ blocks: ['0-8:one\ntwo\n'], sha256: sha256('one\ntwo\n') })
    expect(await text({ path: file('b.log.gz', gzipSync(LONG)), chunkBytes: 1000 })).toBe(LONG)
  })

  test.each([
    ['plain', Buffer.from(LONG)],
    ['gzip', gzipSync(LONG)],
  ])('standard input, %s, in any pieces', async (_, content) => {
    const pieces = function* () {
      for (let at = 0; at < content.length; at += 1 + (at % 501)) yield content.subarray(at, at + 1 + (at % 501))
    }
    expect(await text({ path: '-', stdin: Readable.from(pieces()) })).toBe(LONG)
  })

  test('the rest after a prefix, with the hash of the whole', async () => {
    for (const path of [file('a.log', LONG), file('a.gz', gzipSync(LONG))]) {
      const bytes = LONG.indexOf('line 2000')
      const [after] = await digestPrefixes(path, [bytes])
      const rest = await read({ path, after, chunkBytes: 5000 })
      expect([rest.blocks[0].startsWith(`${bytes}-`), rest.bytes, rest.sha256]).toEqual([true, LONG.length, sha256(LONG)])
      expect(await text({ path, after })).toBe(LONG.slice(bytes))
    }
  })

  test('nothing after a prefix that is the whole', async () => {
    const path = file('a.log', 'one\n')
    const [after] = await digestPrefixes(path, [4])
    expect(await read({ path, after })).toMatchObject({ blocks: [], bytes: 4, sha256: sha256('one\n') })
  })

  test('a line of 10 MB as its head and length, and goes on with the next', async () => {
    const path = file('a.log', `a\n${'x'.repeat(10_000_000)}\r\nb\n`)
    expect(await read({ path, chunkBytes: 300_000 })).toMatchObject({
      blocks: ['0-2:a\n', '2-10000004:long 10000000 1024', '10000004-10000006:b\n'],
      sha256: sha256(`a\n${'x'.repeat(10_000_000)}\r\nb\n`),
    })
  })

  test('a long last line without newline as a tail', async () => {
    const path = file('a.log', 'y'.repeat(2_000_000))
    expect((await read({ path })).blocks).toEqual(['~0-2000000:long 2000000 1024'])
  })

  test('says how far it is', async () => {
    const input = await openBoundedInput({ path: file('a.log', LONG), chunkBytes: 1000 })
    for await (const _ of input.blocks()) expect(input.progress.read).toBeGreaterThan(0)
    expect([input.progress, input.compressed]).toEqual([{ read: LONG.length, total: LONG.length }, false])
    await input.close()
  })

  test('not beyond the size that the file had when it was opened', async () => {
    const path = file('a.log', 'one\n')
    const input = await openBoundedInput({ path })
    writeFileSync(path, 'one\ntwo\n')
    const ends: number[] = []
    for await (const block of input.blocks()) ends.push(block.end)
    await input.close()
    expect(ends).toEqual([4])
  })

  test('a file that vanishes while it is read, to its end', async () => {
    const path = file('a.log', LONG)
    const input = await openBoundedInput({ path, chunkBytes: 1000 })
    let end = 0
    for await (const block of input.blocks()) {
      rmSync(path, { force: true })
      end = block.end
    }
    await input.close()
    expect(end).toBe(LONG.length)
  })
})

describe('refuses', () => {
  const cases: [string, () => string, string, RegExp][] = [
    ['a missing file', () => join(folder, 'none.log'), 'source/missing-file', /does not exist/],
    ['a folder', () => folder, 'source/is-a-folder', /is a folder/],
    ['an empty file', () => file('empty.log', ''), 'source/empty-file', /no bytes/],
    ['an empty gzip file', () => file('empty.gz', gzipSync('')), 'source/empty-file', /no bytes/],
    ['a gzip file cut off', () => file('cut.gz', gzipSync(LONG).subarray(0, -20)), 'source/truncated-gzip', /ends in the middle/],
    ['one byte of gzip', () => file('one.gz', Buffer.from([0x1f])), 'source/truncated-gzip', /ends in the middle/],
    [
      'damaged gzip',
      () => file('bad.gz', Buffer.concat([gzipSync(LONG).subarray(0, 30), Buffer.alloc(200, 0xee)])),
      'source/corrupt-gzip',
      /damaged/,
    ],
    ['text named .gz', () => file('text.gz', 'one\n'), 'source/not-gzip', /not gzip data/],
    ...(process.platform === 'linux'
      ? [
          ['a file that the system does not let be read', () => '/proc/self/mem', 'source/unreadable', /cannot be read/] as [
            string,
            () => string,
            string,
            RegExp,
          ],
        ]
      : []),
  ]
  test.each(cases)('%s', async (_, path, code, message) => {
    const error = await failure(read({ path: path() }))
    expect([error.family, error.code]).toEqual(['user', code])
    expect(error.message).toMatch(message)
    expect([error.facts.asked, error.facts.found, error.facts.do].every((fact) => fact !== undefined)).toBe(true)
  })

  test('empty standard input', async () => {
    expect((await failure(read({ path: '-', stdin: Readable.from([]) }))).code).toBe('source/empty-file')
  })

  test('a file that shrinks while it is read', async () => {
    const path = file('a.log', LONG)
    const input = await openBoundedInput({ path, chunkBytes: 1000 })
    const error = await failure(
      (async () => {
        for await (const _ of input.blocks()) truncateSync(path, 10)
      })(),
    )
    await input.close()
    expect([error.family, error.code]).toEqual(['operating', 'source/file-shrank'])
  })
})

test('hands over what a broken gzip file held before it says so', async () => {
  const content = gzipSync(LONG.repeat(20), { level: 1 })
  const input = await openBoundedInput({ path: file('cut.gz', content.subarray(0, content.length - 100)) })
  let end = 0
  const error = await failure(
    (async () => {
      for await (const block of input.blocks()) end = block.end
    })(),
  )
  await input.close()
  expect(error.code).toBe('source/truncated-gzip')
  expect(end).toBeGreaterThan(LONG.length * 15)
})

test('gives the hash of each prefix in one pass, and none beyond the end', async () => {
  for (const path of [file('a.log', LONG), file('a.gz', gzipSync(LONG))]) {
    const digests = await digestPrefixes(path, [LONG.length, 0, 10, LONG.length + 1, 10])
    expect(digests.map(({ bytes, sha256: hash }) => [bytes, hash])).toEqual(
      [0, 10, LONG.length].map((bytes) => [bytes, sha256(LONG.slice(0, bytes))]),
    )
  }
  expect(statSync(join(folder, 'a.log')).size).toBe(LONG.length)
})
