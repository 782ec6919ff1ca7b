import { MillraceError } from '@millrace/core'
import { type Backfill, type BackfillSlice, beginSlice, endSlice, finishBackfill, type SliceOutcome } from '@millrace/store'
import { type ReadContext, tableName } from '../scope/open-scope.ts'
import type { BackfillTarget } from './backfill-target.ts'
import { replaceSlice } from './replace-slice.ts'

export interface BackfillWork {
  readonly target: BackfillTarget
  readonly backfill: Backfill
  /** Slices that are computed at once. */
  readonly parallel: number
  readonly onSlice: (slice: BackfillSlice, done: number) => void
  /** Whether to begin no further slice. */
  readonly stopped: () => boolean
}

/** Computes the slices that are not done, those that failed too, and notes after each how far it is. Returns them as they stand then. */
export async function carryOut(context: ReadContext, work: BackfillWork): Promise<readonly BackfillSlice[]> {
  const { target, backfill } = work
  const name = tableName(context.scope, target.name)
  await context.lake.openTable(name, { fields: target.fields, evolve: true, partitionBy: target.partitionBy })
  const slices = [...backfill.slices]
  const open = slices.flatMap((slice, place) => (slice.state === 'done' ? [] : [place]))
  const alone = oneAtATime()
  let done = slices.length - open.length
  const worker = async (): Promise<void> => {
    for (let place = open.shift(); place !== undefined && !work.stopped(); place = open.shift()) {
      slices[place] = await carryOutSlice(context, work, { slice: slices[place], alone })
      if (slices[place].state === 'done') done += 1
      work.onSlice(slices[place], done)
    }
  }
  await Promise.all(Array.from({ length: Math.min(work.parallel, open.length) }, worker))
  await finishBackfill(context.store.db, backfill.id)
  return slices
}

async function carryOutSlice(
  context: ReadContext,
  { target, backfill }: BackfillWork,
  { slice, alone }: { readonly slice: BackfillSlice; readonly alone: <T>(work: () => Promise<T>) => Promise<T> },
): Promise<BackfillSlice> {
  const { db } = context.store
  const of = { backfill: backfill.id, from: slice.from }
  await beginSlice(db, of)
  const outcome = await replaceSlice(context, { target, slice, backfill: backfill.id, alone })
    .then((replaced): SliceOutcome => ({ state: 'done', ...replaced }))
    .catch(failed)
  await endSlice(db, of, outcome)
  return { ...slice, error: null, ...outcome, attempts: slice.attempts + 1 }
}

/** A slice that fails does not keep the others from being computed; a fault of ours does. */
function failed(error: unknown): SliceOutcome {
  if (error instanceof MillraceError && error.family !== 'bug') return { state: 'failed', error: `${error.message} (${error.code})` }
  throw error
}

/** Lets works pass one after the other, in the order in which they come. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work, work)
    last = next.catch(() => {})
    return next
  }
}
