import { type Batch, type Column, columnOf, decodeBatch, encodeBatch, type Field } from '@millrace/columnar'
import type { AggregateState } from '../operator/aggregate/aggregate-state.ts'
import { createAggregate } from '../operator/aggregate/create-aggregate.ts'
import { DistinctAggregate } from '../operator/aggregate/distinct-aggregate.ts'
import type { AggregatePlan, WindowOperatorPlan } from '../operator/physical-plan.ts'
import type { KeptPage } from '../operator/state-page.ts'
import { StreamFault } from '../operator/stream-fault.ts'
import { tileStart } from '../operator/window/window-grid.ts'
import { INDEX_KEY } from '../run/spill/sliced-runner.ts'

/** The two forms of a window whose state moves. */
export interface WindowChange {
  readonly before: WindowOperatorPlan
  readonly after: WindowOperatorPlan
}

/** Pages of a window's tiles as the window after a change reads them: accumulators that are new are empty. */
export function movedTilePages({ before, after }: WindowChange, pages: readonly KeptPage[]): KeptPage[] {
  const places = after.window.aggregates.map(({ name }) => before.window.aggregates.findIndex((one) => one.name === name))
  return pages.flatMap(({ key, value }): KeptPage[] => {
    const [kind, tile, part, place, chunk] = key.split('/')
    if (kind === 'tile' && (part === 'group' || part === 'change'))
      return [{ key, value: movedGroups(value, { places, aggregates: after.window.aggregates }) }]
    if (kind === 'tile' && part === 'distinct')
      return places.flatMap((old, next) => (old === Number(place) ? [{ key: `tile/${tile}/distinct/${next}/${chunk}`, value }] : []))
    if (kind === 'held' || kind === INDEX_KEY) return [{ key, value }]
    throw new StreamFault('stream/unknown-page', `A page \`${key}\` of a window's state is of a form that cannot be changed.`)
  })
}

/** The same of what a window's slices keep apart: pages of each slice, and rows that wait for it. */
export function movedSlicePages(change: WindowChange, pages: readonly KeptPage[]): KeptPage[] {
  return pages.flatMap(({ key, value }) => {
    const [slice, kind, ...rest] = key.split('/')
    if (kind !== 'page') return [{ key, value }]
    return movedTilePages(change, [{ key: rest.join('/'), value }]).map((page) => ({ ...page, key: `${slice}/page/${page.key}` }))
  })
}

interface Moving {
  /** By aggregate after the change: its place before, −1 where it is new. */
  readonly places: readonly number[]
  readonly aggregates: readonly AggregatePlan[]
}

function movedGroups(value: Uint8Array, { places, aggregates }: Moving): Uint8Array {
  const { batch } = decodeBatch(value)
  const own = batch.fields.filter(({ name }) => !name.startsWith('aggregate_'))
  const fields: Field[] = [...own]
  const columns: Column[] = own.map(({ name }) => columnOf(batch, name) as Column)
  for (const [place, plan] of aggregates.entries()) {
    const state = places[place] < 0 ? emptyState(plan, { place, rows: batch.rows }) : keptState(batch, places[place])
    fields.push(...state.fields.map((field) => ({ ...field, name: `aggregate_${place}_${field.name}` })))
    columns.push(...state.columns)
  }
  return encodeBatch({ rows: batch.rows, fields, columns }, { watermarkAfter: 0, ingestedAt: 0 })
}

interface StateColumns {
  readonly fields: readonly Field[]
  readonly columns: readonly Column[]
}

function keptState(batch: Batch, place: number): StateColumns {
  const prefix = `aggregate_${place}_`
  const own = batch.fields.filter(({ name }) => name.startsWith(prefix))
  return {
    fields: own.map((field) => ({ ...field, name: field.name.slice(prefix.length) })),
    columns: own.map(({ name }) => columnOf(batch, name) as Column),
  }
}

/** Distinct values lie in pages of their own, of which an empty state has none. */
function emptyState(plan: AggregatePlan, { place, rows }: { readonly place: number; readonly rows: number }): StateColumns {
  const aggregate = createAggregate(plan, place)
  if (aggregate instanceof DistinctAggregate) return { fields: [], columns: [] }
  const state = aggregate.newTileState() as AggregateState
  state.ensure(rows)
  return { fields: state.fields(), columns: state.save(0, rows) }
}

/** Where the first window begins that holds none of the rows in these pages, epoch ms; undefined: no row is there. */
export function firstWindowAfter({ window }: WindowOperatorPlan, keys: readonly string[]): number | undefined {
  const tiles = keys.filter((key) => key.startsWith('tile/')).map((key) => Number(key.split('/')[1]))
  return tiles.length === 0 ? undefined : tileStart(window, tiles.reduce((a, b) => Math.max(a, b)) + 1)
}
