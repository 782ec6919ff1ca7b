import { type Batch, type Column, concatBatches, decodeBatch, encodeBatch, type Field, takeRows } from '@millrace/columnar'
import type { IntervalJoinOperator } from '../interval-join-operator.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import type { KeyTable } from '../window/key-table.ts'
import { JoinChunk } from './join-chunk.ts'
import type { JoinSide } from './join-side.ts'

/** Rows of one page. */
export const PAGE_ROWS_MAX = 16_384

const MATCHED_FIELD: Field = { name: 'matched', type: 'boolean', nullable: false }
const NO_HEADER = { watermarkAfter: 0, ingestedAt: 0 }

/**
 * The kept rows of a join as pages:
 * - `left/<chunk>/rows/<segment>` and `right/…`: up to 16,384 rows; written once, for chunks never change,
 * - `left/<chunk>/matched/0` of a left join: which rows found a partner, written when that changes.
 */
export function* takeJoinPages(operator: IntervalJoinOperator): Generator<StatePage> {
  yield* takeSidePages(operator.left, { name: 'left', matched: operator.plan.how === 'left' })
  yield* takeSidePages(operator.right, { name: 'right', matched: false })
}

/** The pages of one side that changed. */
export function* takeSidePages(side: JoinSide, { name, matched }: { name: string; matched: boolean }): Generator<StatePage> {
  for (const key of side.removedPages.splice(0)) yield { key, value: undefined }
  for (const chunk of side.chunks) {
    if (chunk.pages.length === 0) yield* takeRowPages(side, chunk, name)
    if (!matched || !chunk.matchedChanged) continue
    chunk.matchedChanged = false
    const column: Column = { kind: 'boolean', values: chunk.matched, nulls: null }
    yield written(chunk, `${name}/${chunk.id}/matched/0`, { rows: chunk.rows, fields: [MATCHED_FIELD], columns: [column] })
  }
}

function* takeRowPages(side: JoinSide, chunk: JoinChunk, name: string): Generator<StatePage> {
  const whole: Batch = { rows: chunk.rows, fields: side.fields, columns: chunk.columns }
  for (let segment = 0; segment * PAGE_ROWS_MAX < chunk.rows; segment++) {
    const from = segment * PAGE_ROWS_MAX
    const rows = Int32Array.from({ length: Math.min(PAGE_ROWS_MAX, chunk.rows - from) }, (_, i) => from + i)
    yield written(chunk, `${name}/${chunk.id}/rows/${segment}`, rows.length === chunk.rows ? whole : takeRows(whole, rows))
  }
}

function written(chunk: JoinChunk, key: string, batch: Batch): StatePage {
  if (!chunk.pages.includes(key)) chunk.pages.push(key)
  return { key, value: encodeBatch(batch, NO_HEADER) }
}

/** Fills an empty operator, whose progress is restored, from pages in any order. */
export function restoreJoinPages(operator: IntervalJoinOperator, pages: readonly KeptPage[]): void {
  restoreSide(operator.left, { name: 'left', pages, keys: operator.keys })
  restoreSide(operator.right, { name: 'right', pages, keys: operator.keys })
  operator.left.pass(operator.rightProgress - operator.plan.upperMs, () => {})
  operator.right.pass(operator.leftProgress + operator.plan.lowerMs, () => {})
}

/** Fills an empty side from those of the pages that are its own. */
export function restoreSide(
  side: JoinSide,
  { name, pages, keys }: { readonly name: string; readonly pages: readonly KeptPage[]; readonly keys: KeyTable },
): void {
  const own = pages
    .map(({ key, value }) => ({ key, value, path: key.split('/') }))
    .filter(({ path }) => path[0] === name)
    .toSorted((a, b) => Number(a.path[1]) - Number(b.path[1]) || Number(a.path[3]) - Number(b.path[3]))
  const chunks = Map.groupBy(own, ({ path }) => Number(path[1]))
  for (const [id, parts] of chunks) side.chunks.push(restoredChunk(side, { id, parts, keys }))
  side.nextId = Math.max(-1, ...chunks.keys()) + 1
}

function restoredChunk(
  side: JoinSide,
  { id, parts, keys }: { id: number; parts: readonly (KeptPage & { readonly path: readonly string[] })[]; keys: KeyTable },
): JoinChunk {
  const batch = concatBatches(parts.filter(({ path }) => path[2] === 'rows').map(({ value }) => decodeBatch(value).batch))
  const chunk = new JoinChunk(id, side.rowsOf(batch.columns, batch.rows, keys))
  chunk.pages.push(...parts.map(({ key }) => key))
  const matched = parts.find(({ path }) => path[2] === 'matched')
  if (matched !== undefined)
    chunk.matched.set((decodeBatch(matched.value).batch.columns[0] as Column & { readonly kind: 'boolean' }).values)
  return chunk
}
