import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dropAborted, type FetchedPartition } from './read-committed.ts'

type Batches = NonNullable<FetchedPartition['records']>
type Batch = Batches[number]

const TRANSACTIONAL = 0x10
const CONTROL = 0x20

/** A transaction of a producer: how many batches it writes, and how it ends. Those of several producers interleave. */
interface Step {
  readonly producer: number
  readonly does: 'write' | 'commit' | 'abort'
}

interface Aborted {
  readonly producerId: bigint
  readonly firstOffset: bigint
  readonly last: bigint
}

/** A partition as a broker has it: its batches, its aborted transactions as its index lists them, and the offsets that readers are to see. */
function partitionOf(steps: readonly Step[]): { readonly batches: Batch[]; readonly aborted: Aborted[]; readonly committed: bigint[] } {
  const batches: Batch[] = []
  const aborted: Aborted[] = []
  const committed: bigint[] = []
  const open = new Map<number, bigint[]>()
  let offset = 0n
  for (const { producer, does } of steps) {
    const written = open.get(producer) ?? []
    if (does === 'write') {
      open.set(producer, [...written, offset, offset + 1n])
      batches.push(batch(offset, 2, BigInt(producer), TRANSACTIONAL))
      offset += 2n
      continue
    }
    // A transaction that wrote nothing here has a marker too, and no place in the index.
    if (does === 'commit') committed.push(...written)
    else if (written.length > 0) aborted.push({ producerId: BigInt(producer), firstOffset: written[0], last: offset })
    open.delete(producer)
    batches.push(batch(offset, 1, BigInt(producer), TRANSACTIONAL | CONTROL, does === 'abort' ? 0 : 1))
    offset += 1n
  }
  return { batches, aborted, committed: committed.sort((a, b) => Number(a - b)) }
}

function batch(firstOffset: bigint, count: number, producerId: bigint, attributes: number, type?: number): Batch {
  const key = type === undefined ? null : Buffer.from([0, 0, 0, type])
  const records = Array.from({ length: count }, (_, offsetDelta) => ({ offsetDelta, key }))
  return { firstOffset, lastOffsetDelta: count - 1, producerId, attributes, records } as unknown as Batch
}

/** Reads in answers of so many batches; an answer lists what was aborted and reaches into it, as brokers do, in any order. */
function readIn(answers: readonly number[], batches: readonly Batch[], aborted: readonly Aborted[]): bigint[] {
  const found: bigint[] = []
  for (let from = 0, answer = 0; from < batches.length; answer++) {
    const records = batches.slice(from, from + answers[answer % answers.length]).map((one) => ({ ...one }))
    from += records.length
    const first = records[0].firstOffset
    const end = (records.at(-1) as Batch).firstOffset + 2n
    const abortedTransactions = aborted.filter((one) => one.last >= first && one.firstOffset < end).reverse()
    const partition = { records, abortedTransactions }
    dropAborted(partition)
    expect(partition.abortedTransactions).toEqual([])
    for (const { firstOffset, records: kept } of partition.records)
      for (const { offsetDelta } of kept) found.push(firstOffset + BigInt(offsetDelta))
  }
  return found
}

const step: fc.Arbitrary<Step> = fc.record({
  producer: fc.integer({ min: 1, max: 3 }),
  does: fc.constantFrom('write', 'write', 'commit', 'abort'),
})

test('what is committed is read, in answers of any size', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      (steps, answers) => {
        // Readers see nothing of transactions that are open.
        const ended: readonly Step[] = [...steps, ...[1, 2, 3].map((producer) => ({ producer, does: 'commit' as const }))]
        const { batches, aborted, committed } = partitionOf(ended)
        expect(readIn(answers, batches, aborted)).toEqual(committed)
      },
    ),
    { numRuns: 500 },
  )
})
