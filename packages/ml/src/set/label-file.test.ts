import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseLabels, readLabels } from './label-file.ts'

const parse = (text: string) => parseLabels(text, { field: 'addresses', path: 'labels.jsonl' })
const good = '{"id":"a1","kind":"flood","addresses":["10.0.0.1"],"from":"2026-01-05T10:00:00Z","to":"2026-01-05T10:05:00.250Z"}'

describe('a label file', () => {
  it('gives labels in epoch ms, each key once, blank lines passed over', () => {
    const other = '{"addresses":["b","a","b"],"from":5,"to":5,"known_at":"2026-01-05T11:00:00+01:00"}'
    expect(parse(`\n${good}\r\n\n${other}`)).toEqual([
      { id: 'a1', keys: ['10.0.0.1'], from: Date.UTC(2026, 0, 5, 10), to: Date.UTC(2026, 0, 5, 10, 5, 0, 250), knownAt: undefined },
      { id: 'line 4', keys: ['b', 'a'], from: 5, to: 5, knownAt: Date.UTC(2026, 0, 5, 10) },
    ])
  })

  it.each([
    ['{"addresses"', 'is no JSON'],
    ['[1]', 'is no JSON object'],
    [good.replace('addresses', 'ips'), 'has nothing under `addresses`'],
    [good.replace('["10.0.0.1"]', '[]'), 'has [] under `addresses`'],
    [good.replace('["10.0.0.1"]', '[null]'), 'has [null] under `addresses`'],
    [good.replace('2026-01-05T10:00:00Z', 'yesterday'), 'has "yesterday" under `from`'],
    [good.replace('2026-01-05T10:00:00Z', '2026-01-05T10:00:00'), 'has "2026-01-05T10:00:00" under `from`'],
    [good.replace('"2026-01-05T10:05:00.250Z"', '1.5'), 'has 1.5 under `to`'],
    [good.replace('10:05:00.250', '09:00:00'), 'before it begins'],
  ])('refuses %s with its line', (line, found) => {
    expect(() => parse(`${good}\n\n${line}`)).toThrow(
      expect.objectContaining({
        code: 'model/bad-label',
        message: expect.stringContaining(found),
        facts: expect.objectContaining({ at: { file: 'labels.jsonl', line: 3 } }),
      }),
    )
  })

  it('is known by the SHA-256 of its bytes, and said to be missing when it is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-labels-'))
    writeFileSync(join(folder, 'labels.jsonl'), good)
    const read = await readLabels(join(folder, 'labels.jsonl'), { field: 'addresses' })
    expect(read.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(read.labels).toHaveLength(1)
    await expect(readLabels(join(folder, 'none.jsonl'), { field: 'addresses' })).rejects.toMatchObject({ code: 'model/label-file' })
    rmSync(folder, { recursive: true })
  })
})
