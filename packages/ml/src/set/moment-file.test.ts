import { describe, expect, it } from 'vitest'
import { parseMoments } from './moment-file.ts'

const parse = (text: string) => parseMoments(text, { entity: ['ip', 'port'], time: 'at', value: 'label', path: 'labels.jsonl' })
const good = '{"ip":"10.0.0.1","port":80,"at":"2026-01-05T10:00:00Z","label":true}'

describe('a file of labelled moments', () => {
  it('gives keys as text, times in epoch ms, blank lines passed over', () => {
    expect(parse(`\n${good}\n{"ip":null,"port":true,"at":5,"label":false,"known_at":6}\n`)).toEqual([
      { key: ['10.0.0.1', '80'], at: Date.UTC(2026, 0, 5, 10), positive: true, knownAt: undefined },
      { key: [null, 'true'], at: 5, positive: false, knownAt: 6 },
    ])
  })

  it.each([
    ['{"ip"', 'is no JSON'],
    [good.replace('"port":80,', ''), 'has nothing under `port`'],
    [good.replace('80', '[80]'), 'has [80] under `port`'],
    [good.replace('true', '1'), 'has 1 under `label`'],
    [good.replace('2026-01-05T10:00:00Z', 'yesterday'), 'has "yesterday" under `at`'],
  ])('refuses %s with its line', (line, found) => {
    expect(() => parse(`${good}\n\n${line}`)).toThrow(
      expect.objectContaining({
        code: 'model/bad-label',
        message: expect.stringContaining(found),
        facts: expect.objectContaining({ at: { file: 'labels.jsonl', line: 3 } }),
      }),
    )
  })
})
