import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergeSplits } from './merge-splits.ts'

type Record = readonly [split: string, place: number, time: number | undefined]
const SHAPE = { count: (part: readonly Record[]) => part.length, timeAt: (part: readonly Record[], i: number) => part[i][2] }

async function merged(splits: { split: string; parts: Record[][] }[]): Promise<Record[]> {
  const out: Record[] = []
  for await (const { part, from, to } of mergeSplits(splits, SHAPE)) out.push(...part.slice(from, to))
  return out
}

/** Takes one record at a time: the split whose next record is least, ties by name. */
function naive(splits: { split: string; records: Record[] }[]): Record[] {
  const left = splits.map(({ split, records }) => ({ split, records: [...records] }))
  const out: Record[] = []
  for (;;) {
    const [next] = left
      .filter(({ records }) => records.length > 0)
      .sort((a, b) => (a.records[0][2] ?? -1) - (b.records[0][2] ?? -1) || Buffer.compare(Buffer.from(a.split), Buffer.from(b.split)))
    if (next === undefined) return out
    out.push(next.records.shift() as Record)
  }
}

test("takes the least next record, ties by the bytes of the split's name, dead letters at once", async () => {
  const of = (split: string, ...times: (number | undefined)[]) => ({ split, parts: [times.map((time, i): Record => [split, i, time])] })
  const order = await merged([of('😀', 2, 9), of('！', 2, 1, undefined, 8), of('a', 5)])
  expect(order.map(([split, place]) => `${split}${place}`)).toEqual(['！0', '！1', '！2', '😀0', 'a0', '！3', '😀1'])
})

test('gives one order whatever the parts', async () => {
  const records = fc.array(fc.option(fc.nat(12), { nil: undefined, freq: 6 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(fc.array(records, { maxLength: 4 }), fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }), async (times, sizes) => {
      const splits = times.map((list, i) => ({ split: `s${i}`, records: list.map((time, place): Record => [`s${i}`, place, time]) }))
      const cut = splits.map(({ split, records: all }) => {
        const parts: Record[][] = []
        for (let at = 0, i = 0; at < all.length; i++) {
          const size = Math.max(sizes[i % sizes.length], i % 2)
          parts.push(all.slice(at, at + size))
          at += size
        }
        return { split, parts }
      })
      expect(await merged(cut)).toEqual(naive(splits))
    }),
    { numRuns: 500, verbose: 1 },
  )
})

test('reads asynchronous parts, and nothing from no splits', async () => {
  async function* parts() {
    yield [['a', 0, 1] as const]
    yield []
    yield [['a', 1, 0] as const]
  }
  const out: unknown[] = []
  for await (const run of mergeSplits<readonly Record[]>([{ split: 'a', parts: parts() }], SHAPE)) out.push(run.part[run.from][1])
  expect([out, await merged([])]).toEqual([[0, 1], []])
})
