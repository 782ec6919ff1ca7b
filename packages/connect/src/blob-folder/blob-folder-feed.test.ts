import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rowsOf } from '@millrace/columnar'
import { BLOB_FIELDS, blobFolder } from '@millrace/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BlobFolderFeed, type KnownBlob } from './blob-folder-feed.ts'

const fields = Object.entries(BLOB_FIELDS).map(([name, { type, nullable }]) => ({ name, type, nullable }))
const stream = { topic: 'blobs', eventTime: 'seen_at', fields }
const sha = (text: string): string => createHash('sha256').update(text).digest('hex')

let cwd: string
let known: Map<string, KnownBlob>
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'millrace-blobs-'))
  mkdirSync(join(cwd, 'in/folder.png'), { recursive: true })
  known = new Map()
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const write = (name: string, text: string, at = 1_000_000): void => {
  writeFileSync(join(cwd, 'in', name), text)
  utimesSync(join(cwd, 'in', name), at, at)
}

/** One look, by a feed that knows what was committed: path, version, removed, digest, size, media type, time of change. */
async function look(settledMs = 1000): Promise<unknown[][]> {
  const feed = new BlobFolderFeed({
    stream,
    declaration: { ...blobFolder('in/**/*'), everyMs: 60_000 },
    cwd,
    known: [...known.values()],
    settledMs,
  })
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 300)
  const rows: unknown[][] = []
  for await (const part of feed.parts(controller.signal)) {
    if (part.kind !== 'part') continue
    for (const { key, value } of part.entries ?? []) known.set(key, JSON.parse(JSON.stringify(value)))
    const decoded = part.decode?.(1)
    if (decoded !== undefined) rows.push(...rowsOf(decoded.batch).map((row) => row.slice(1)))
  }
  return rows
}

describe('a manifest of blobs', () => {
  it('has a record for each content of a path, and for its end', async () => {
    write('a.PNG', 'one')
    write('b', '')
    expect(await look()).toEqual([
      ['in/a.PNG', 1, false, sha('one'), 3, 'image/png', 1e9],
      ['in/b', 1, false, sha(''), 0, 'application/octet-stream', 1e9],
    ])
    expect(await look()).toEqual([])
    write('a.PNG', 'two', 2_000_000)
    rmSync(join(cwd, 'in/b'))
    expect(await look()).toEqual([
      ['in/b', 2, true, null, null, null, null],
      ['in/a.PNG', 2, false, sha('two'), 3, 'image/png', 2e9],
    ])
    write('b', '', 3_000_000)
    renameSync(join(cwd, 'in/a.PNG'), join(cwd, 'in/c.pdf'))
    expect(await look()).toEqual([
      ['in/a.PNG', 3, true, null, null, null, null],
      ['in/b', 3, false, sha(''), 0, 'application/octet-stream', 3e9],
      ['in/c.pdf', 1, false, sha('two'), 3, 'application/pdf', 2e9],
    ])
    expect(await look()).toEqual([])
  })

  it('has no record of a file that was only touched', async () => {
    write('a', 'one')
    await look()
    write('a', 'one', 2_000_000)
    expect(await look()).toEqual([])
    expect([...known.values()][0]).toMatchObject({ version: 1, changedAt: 2e9 })
  })

  it('waits for a file that is being written', async () => {
    write('a', 'one', Date.now() / 1000)
    expect(await look()).toEqual([])
    expect(await look(0)).toHaveLength(1)
  })

  it('is refused where the contract has another field', () => {
    const other = { ...stream, fields: [...fields, { name: 'owner', type: 'string' }] }
    expect(() => new BlobFolderFeed({ stream: other, declaration: blobFolder('*'), cwd, known: [] })).toThrow(
      expect.objectContaining({ code: 'project/not-in-format' }),
    )
  })
})
