import { batchFromRows } from '@millrace/columnar'
import { type Expr, MillraceError, type TimeSlice, userError } from '@millrace/core'
import { streamRows } from '@millrace/engine-duckdb'
import type { Lake } from '@millrace/lake'
import { type ReadContext, tableName } from '../scope/open-scope.ts'
import { batchesOf } from '../sql-table/compute-table.ts'
import { type BackfillTarget, type Connection, comparedColumns } from './backfill-target.ts'
import { sliceCondition, sliceFilter } from './time-slice.ts'

/** Times that a slice is computed again because others replaced files of it meanwhile. */
const CONFLICTS_MAX = 8

export interface ReplacedSlice {
  readonly rows: number
  /** Rows that were put in or taken out. */
  readonly changed: number
  /** Null where the slice held these very rows. */
  readonly snapshot: number | null
}

export interface SliceWork {
  readonly target: BackfillTarget
  readonly slice: TimeSlice
  /** Goes into the snapshot's summary. */
  readonly backfill: string
  /** Lets one slice of the table commit at a time. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>
}

/**
 * Computes a slice and, where the table holds other rows, puts its rows in their place in one commit; rows outside are left as they are.
 * @throws `table/outside-slice`, and what computing and committing throw
 */
export async function replaceSlice(context: ReadContext, work: SliceWork): Promise<ReplacedSlice> {
  for (let tries = 1; ; tries++) {
    try {
      return await context.duckdb.with((connection) => replaceOnce(context, connection, work))
    } catch (error) {
      const contended = error instanceof MillraceError && ['lake/conflict', 'lake/commit-contended'].includes(error.code)
      if (!contended || tries === CONFLICTS_MAX) throw error
    }
  }
}

async function replaceOnce({ lake, scope }: ReadContext, connection: Connection, work: SliceWork): Promise<ReplacedSlice> {
  const { target, slice } = work
  await target.compute(connection, slice, 'slice_new')
  await refuseOutside(connection, work)
  return work.alone(async () => {
    const name = tableName(scope, target.name)
    const where = rowsOf(work)
    await keepPresent(lake, connection, { name, work, where })
    const { rows, changed } = await difference(connection, target)
    if (changed === 0) return { rows, changed, snapshot: null }
    const columns = target.fields.map((field) => `"${field.name}"`).join(', ')
    const batches = batchesOf(streamRows(connection, `SELECT ${columns} FROM slice_new ORDER BY ALL`), (part) =>
      batchFromRows(target.fields, part),
    )
    const snapshot = await lake.overwrite(name, { where, batches, beneath: true, summary: { 'millrace.backfill': work.backfill } })
    return { rows, changed, snapshot: snapshot.id }
  })
}

/** The rows that a slice's take the place of. */
function rowsOf({ target: { time, arrivalMax }, slice }: SliceWork): Expr {
  const within = sliceFilter(time, slice)
  if (arrivalMax === undefined) return within
  return { fn: 'and', args: [within, { fn: 'lte', args: [{ col: '_arrival' }, { lit: String(arrivalMax), type: 'int64' }] }] }
}

/** A statement may say more than its slice, and would then put rows into others'. */
async function refuseOutside(connection: Connection, { target, slice }: SliceWork): Promise<void> {
  const outside = await count(connection, `SELECT count(*) FROM slice_new WHERE (${sliceCondition(target.time, slice)}) IS NOT TRUE`)
  if (outside === 0) return
  const { column } = target.time
  const [from, to] = [slice.from, slice.to].map((at) => new Date(at).toISOString())
  throw userError(
    'table/outside-slice',
    `The statement of \`${target.name}\` gives ${outside} rows whose \`${column}\` is not in the slice ${from} to ${to}.`,
    {
      asked: { from, to },
      found: outside,
      do: `Let \`slice.on(…)\` name the time that \`${column}\` is made of, truncated no further than the slice.`,
    },
  )
}

/** The rows that the table holds of the slice, as a temporary table. */
async function keepPresent(
  lake: Lake,
  connection: Connection,
  of: { readonly name: ReturnType<typeof tableName>; readonly work: SliceWork; readonly where: Expr },
): Promise<void> {
  const { target, slice } = of.work
  const scan = await lake.pin(of.name, { where: of.where })
  const limits = target.arrivalMax === undefined ? [] : [`"_arrival" <= ${target.arrivalMax}`]
  try {
    const condition = [sliceCondition(target.time, slice), ...limits].join(' AND ')
    await connection.run(`CREATE OR REPLACE TEMP TABLE slice_old AS SELECT * FROM ${scan.sql} WHERE ${condition}`)
  } finally {
    await scan.release()
  }
}

async function difference(connection: Connection, target: BackfillTarget): Promise<{ rows: number; changed: number }> {
  const columns = comparedColumns(target)
    .map((name) => `"${name}"`)
    .join(', ')
  const less = (a: string, b: string): string => `SELECT count(*) FROM (SELECT ${columns} FROM ${a} EXCEPT ALL SELECT ${columns} FROM ${b})`
  const rows = await count(connection, 'SELECT count(*) FROM slice_new')
  const added = await count(connection, less('slice_new', 'slice_old'))
  const removed = await count(connection, less('slice_old', 'slice_new'))
  return { rows, changed: added + removed }
}

async function count(connection: Connection, sql: string): Promise<number> {
  return Number((await connection.runAndReadAll(sql)).getRows()[0][0])
}
