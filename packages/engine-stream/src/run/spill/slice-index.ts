import { newWindowCounters, type WindowCounters } from '../../operator/window-counters.ts'
import { finite, type OperatorMeta } from '../operator-runner.ts'
import type { Slice } from './slice.ts'

/** Progress of all inputs, at the step at which it came. */
export interface ProgressStep {
  readonly step: number
  readonly progress: readonly number[]
  readonly availableAt: number
}

/** What an operator in slices knows of them without reading them. */
export interface SliceIndex {
  readonly step: number
  readonly epoch: number
  readonly wanted: ProgressStep
  readonly completed: ProgressStep
  /** Steps that slices which were put away have not taken yet. */
  readonly steps: readonly ProgressStep[]
  readonly counters: WindowCounters
}

interface StoredStep {
  readonly step: number
  readonly progress: readonly (number | null)[]
  readonly availableAt: number
}

/** By ordinal: meta, step, due, bytes of pages, bytes and due of the inbox, windows fired. Null stands for plus infinity, a text for minus. */
type StoredSlice = readonly [number, OperatorMeta, number, StoredNumber, number, number, StoredNumber, number]
type StoredNumber = number | null | 'least'

interface StoredIndex {
  readonly step: number
  readonly epoch: number
  readonly wanted: StoredStep
  readonly completed: StoredStep
  readonly steps: readonly StoredStep[]
  readonly counters: WindowCounters
  readonly slices: readonly StoredSlice[]
}

/** The index as its page holds it. */
export function encodeIndex(index: SliceIndex, slices: readonly Slice[]): Uint8Array {
  const stored: StoredIndex = {
    ...index,
    wanted: storedStep(index.wanted),
    completed: storedStep(index.completed),
    steps: index.steps.map(storedStep),
    slices: slices.filter((slice) => !slice.empty).map(storedSlice),
  }
  return new TextEncoder().encode(JSON.stringify(stored))
}

/** Reads an index and tells the slices what it says of them. */
export function decodeIndex(page: Uint8Array, slices: readonly Slice[]): SliceIndex {
  const stored = JSON.parse(new TextDecoder().decode(page)) as StoredIndex
  for (const [ordinal, meta, step, due, pageBytes, inboxBytes, inboxDue, windowsFired] of stored.slices) {
    const slice = slices[ordinal]
    Object.assign(slice, { meta, step, due: numberOf(due), pageBytes, windowsFired })
    Object.assign(slice.inbox, { bytes: inboxBytes, due: numberOf(inboxDue) })
  }
  return {
    step: stored.step,
    epoch: stored.epoch,
    wanted: stepOf(stored.wanted),
    completed: stepOf(stored.completed),
    steps: stored.steps.map(stepOf),
    counters: { ...newWindowCounters(), ...stored.counters },
  }
}

function storedSlice({ ordinal, runner, meta, step, due, pageBytes, inbox, windowsFired }: Slice): StoredSlice {
  const known = runner === undefined ? { meta, due } : { meta: runner.meta, due: runner.dueAt ?? Number.NEGATIVE_INFINITY }
  return [ordinal, known.meta, step, storedNumber(known.due), pageBytes, inbox.bytes, storedNumber(inbox.due), windowsFired]
}

function storedStep({ progress, ...rest }: ProgressStep): StoredStep {
  return { ...rest, progress: progress.map(finite) }
}

function stepOf({ progress, ...rest }: StoredStep): ProgressStep {
  return { ...rest, progress: progress.map((one) => one ?? Number.NEGATIVE_INFINITY) }
}

function storedNumber(value: number): StoredNumber {
  return value === Number.NEGATIVE_INFINITY ? 'least' : finite(value)
}

function numberOf(stored: StoredNumber): number {
  if (stored === 'least') return Number.NEGATIVE_INFINITY
  return stored ?? Number.POSITIVE_INFINITY
}
