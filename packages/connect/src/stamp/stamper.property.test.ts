import { batchFromRows, rowsOf } from '@millrace/columnar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Stamper } from './stamper.ts'

const FLOOR = -62_135_596_800_000
const SPLITS = ['a', 'b', 'c']

interface Records {
  readonly kind: 'records'
  readonly split: string
  readonly times: readonly (number | 'bad')[]
}
type Step = Records | { readonly kind: 'idle' | 'end' | 'open'; readonly split: string }

/** The rule, evaluated anew over the whole history before every record. */
function naive(steps: readonly Step[], delay: number, initial: readonly string[]): [number, number | undefined][] {
  const seen = new Map<string, number[]>(initial.map((split) => [split, []]))
  const active = new Set(initial)
  const out: [number, number | undefined][] = []
  let watermark = FLOOR
  const advance = () => {
    const limits = [...active].map((split) => Math.max(...(seen.get(split) ?? [])) - delay)
    if (limits.length > 0) watermark = Math.max(watermark, Math.min(...limits))
  }
  for (const step of steps) {
    if (step.kind === 'idle' || step.kind === 'end') active.delete(step.split)
    if (step.kind === 'open') active.add(step.split)
    advance()
    if (step.kind !== 'records') continue
    for (const time of step.times) {
      if (time === 'bad') {
        out.push([out.length, undefined])
        continue
      }
      active.add(step.split)
      advance()
      out.push([out.length, watermark])
      seen.set(step.split, [...(seen.get(step.split) ?? []), time])
      advance()
    }
  }
  return out
}

function byBatch(steps: readonly Step[], delay: number, initial: readonly string[], restart: boolean): [number, number | undefined][] {
  let stamper = new Stamper({ watermarkDelayMs: delay })
  for (const split of initial) stamper.openSplit(split)
  const out: [number, number | undefined][] = []
  for (const step of steps) {
    if (restart) stamper = new Stamper({ watermarkDelayMs: delay }, stamper.state())
    if (step.kind === 'records') out.push(...stampBatch(stamper, step))
    else leaveOrOpen(stamper, step.kind, step.split)
  }
  return out
}

function stampBatch(stamper: Stamper, step: Records): [number, number | undefined][] {
  const good = step.times.filter((time) => time !== 'bad')
  const batch = batchFromRows(
    [{ name: 'ts1', type: 'timestamp', nullable: false }],
    good.map((time) => [time]),
  )
  const deadLettersAfterRows = step.times.flatMap((time, i) =>
    time === 'bad' ? [step.times.slice(0, i).filter((other) => other !== 'bad').length] : [],
  )
  const stamped = stamper.stampBatch(batch, {
    split: step.split,
    eventTime: 'ts1',
    offsets: new Float64Array(good.length),
    deadLettersAfterRows,
    ingestedAt: 0,
    schemaVersion: 1,
    producer: '',
  })
  const rows = rowsOf(stamped.batch).map((row): [number, number] => [Number(row[0]), Number(row[6])])
  return [...rows, ...stamped.deadLetterArrivals.map((arrival): [number, undefined] => [arrival, undefined])].sort((a, b) => a[0] - b[0])
}

function byRow(steps: readonly Step[], delay: number, initial: readonly string[]): [number, number | undefined][] {
  const stamper = new Stamper({ watermarkDelayMs: delay })
  for (const split of initial) stamper.openSplit(split)
  return steps.flatMap((step): [number, number | undefined][] => {
    if (step.kind === 'records') return step.times.map((time) => stampOne(stamper, step.split, time))
    leaveOrOpen(stamper, step.kind, step.split)
    return []
  })
}

function stampOne(stamper: Stamper, split: string, time: number | 'bad'): [number, number | undefined] {
  if (time === 'bad') return [stamper.stampDeadLetter(), undefined]
  const { arrival, watermark } = stamper.stampRow(split, time)
  return [arrival, watermark]
}

function leaveOrOpen(stamper: Stamper, kind: 'idle' | 'end' | 'open', split: string): void {
  if (kind === 'idle') stamper.idleSplit(split)
  else if (kind === 'end') stamper.endSplit(split)
  else stamper.openSplit(split)
}

const split = fc.constantFrom(...SPLITS)
const time = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }) }, { weight: 1, arbitrary: fc.constant('bad' as const) })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('records' as const), split, times: fc.array(time, { maxLength: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('idle' as const, 'end' as const, 'open' as const), split }) },
)

test('stamps as the rule says, by rows, by batches, and across restarts', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.integer({ min: 0, max: 20 }), fc.subarray(SPLITS), (steps, delay, initial) => {
      const wanted = naive(steps, delay, initial)
      expect(byBatch(steps, delay, initial, false)).toEqual(wanted)
      expect(byBatch(steps, delay, initial, true)).toEqual(wanted)
      expect(byRow(steps, delay, initial)).toEqual(wanted)
    }),
    { numRuns: 1500, verbose: 1 },
  )
})
