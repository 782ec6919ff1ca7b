import { type Batch, batchFromRows, type Field } from '@millrace/columnar'
import { type CheckedPlan, type Positions, type TimeSlice, WATERMARK_END, WATERMARK_FLOOR } from '@millrace/core'
import { type Duckdb, printPlan, streamRows } from '@millrace/engine-duckdb'
import type { Lake } from '@millrace/lake'
import type { Connection } from '../backfill/backfill-target.ts'
import type { Settled } from '../backfill/settled.ts'
import { settledBefore, sliceColumn, ViewBatch } from '../backfill/view-batch.ts'
import { queryRows } from '../query/one-query.ts'
import { tableName } from '../scope/open-scope.ts'
import type { Scope } from '../scope/scope.ts'
import { batchesOf, everyRow } from '../sql-table/compute-table.ts'
import { lateFields, lateRowsSql } from './late-rows.ts'
import { positionTime, positionTopic, readPosition, timePosition } from './micro-batch-position.ts'
import type { MicroBatchWay } from './micro-batch-way.ts'

/** Most time, and most records, whose rows are one commit. */
const STRETCH_MS_MAX = 86_400_000
const ARRIVALS_MAX = 1_000_000

/** A view that is computed every so often. */
export interface MicroBatchTask {
  readonly view: string
  readonly plan: CheckedPlan
  readonly way: MicroBatchWay
  readonly fields: readonly Field[]
  /** Columns of the table of its late rows, where it keeps any. */
  readonly late: readonly Field[] | undefined
  readonly everyMs: number
}

export interface MicroBatchParts {
  readonly lake: Lake
  readonly duckdb: Duckdb
  readonly scope: Scope
  /** Whether to begin nothing more. */
  readonly stopped: () => boolean
}

/** What a micro-batch did. */
export interface MicroBatchReport {
  readonly view: string
  /** Rows that were put into the table. */
  readonly rows: number
  readonly late: number
  /** Rows up to this time (epoch ms) are in the table; undefined where they are all there are. */
  readonly until: number | undefined
  /** How long the first of the new records waited, ms; null when there were none. */
  readonly lagMs: number | null
}

/**
 * Carries a view's table on from the position in its snapshot. Each commit holds rows and the position after them, and is refused where another
 * writer has moved the position: whatever kills this, the next one goes on without a row lost or doubled.
 */
export class MicroBatchView {
  readonly task: MicroBatchTask
  readonly #parts: MicroBatchParts
  /** Time up to which rows are there, or the next record by source. */
  #position: Readonly<Record<string, number>> | undefined
  #latePosition: Readonly<Record<string, number>> | undefined

  constructor(parts: MicroBatchParts, task: MicroBatchTask) {
    this.#parts = parts
    this.task = task
  }

  /** Goes on where the table's snapshot says. @throws `dev/definition-changed` */
  async open(): Promise<void> {
    const { view, plan, fields, late } = this.task
    this.#position = await this.#openTable(view, fields)
    if (late !== undefined) this.#latePosition = await this.#openTable(`${view}__late`, lateFields(plan, late))
  }

  async #openTable(table: string, fields: readonly Field[]): Promise<Readonly<Record<string, number>> | undefined> {
    const { lake, scope } = this.#parts
    const name = tableName(scope, table)
    await lake.openTable(name, { fields, evolve: true })
    await lake.sweepOrphans(name)
    return readPosition(await lake.current(name), table, this.task.plan.plan.hash)
  }

  /** The streams whose records it reads. */
  get streams(): readonly string[] {
    return [...this.task.plan.sources.keys()]
  }

  /** Computes what is new of the streams and commits it. */
  async step(settled: Settled): Promise<MicroBatchReport> {
    const { stopped } = this.#parts
    const lagMs = await this.#waited(settled)
    const rows = stopped() ? 0 : await this.#carryOn(settled)
    const late = stopped() ? 0 : await this.#carryLate(settled)
    return { view: this.task.view, rows, late, until: this.#until, lagMs }
  }

  get #until(): number | undefined {
    const position = this.#position?.['0']
    return this.task.way === 'time' && position !== undefined ? positionTime(position) : undefined
  }

  #carryOn(settled: Settled): Promise<number> {
    switch (this.task.way) {
      case 'time':
        return this.#carryTime(settled)
      case 'arrival':
        return this.#carryArrivals(settled)
      case 'whole':
        return this.#replaceAll(settled)
    }
  }

  /** Rows of the time that the watermark has passed, in stretches. */
  async #carryTime(settled: Settled): Promise<number> {
    const { plan } = this.task
    const until = settledBefore(plan, settled.watermark)
    let from = this.#until ?? (await this.#firstTime(settled))
    let rows = 0
    while (from !== undefined && from < until && !this.#parts.stopped()) {
      const to = Math.min(until, (Math.floor(from / STRETCH_MS_MAX) + 1) * STRETCH_MS_MAX)
      const batch = new ViewBatch(this.#parts, { plan, spec: this.task, snapshots: settled.snapshots, arrivalMax: undefined })
      const slice = { from, to }
      rows += await this.#append((connection, as) => batch.compute(connection, slice, as), { 0: timePosition(to) })
      from = to
    }
    return rows
  }

  /** Rows of the records that have come since. */
  async #carryArrivals({ arrivals, snapshots }: Settled): Promise<number> {
    const { plan } = this.task
    const [last] = Object.values(arrivals)
    let rows = 0
    for (let next = this.#position?.['0'] ?? 0; next <= last && !this.#parts.stopped(); ) {
      const end = Math.min(last + 1, next + ARRIVALS_MAX)
      const batch = new ViewBatch(this.#parts, { plan, spec: this.task, snapshots, arrivalMin: next, arrivalMax: end - 1 })
      rows += await this.#append((connection, as) => batch.compute(connection, EVER, as), { 0: end })
      next = end
    }
    return rows
  }

  /** All rows as they stand, where records have come since. */
  async #replaceAll(settled: Settled): Promise<number> {
    const { lake, scope, duckdb } = this.#parts
    const { fields, view, plan } = this.task
    const position = nextArrivals(settled)
    if (sameNumbers(position, this.#position)) return 0
    const sources = await this.#sources(settled)
    const rows = await duckdb.with(async (connection) => {
      await connection.run(`CREATE OR REPLACE TEMP TABLE batch_new AS ${wholeSql(this.task, sources, settled.watermark)}`)
      let count = 0
      const batches = rowsOf(connection, fields, (part) => {
        count += part
      })
      await lake.overwrite(tableName(scope, view), {
        where: everyRow(fields[0].name),
        batches,
        positions: { [positionTopic(view, plan.plan.hash)]: position },
      })
      return count
    })
    this.#position = position
    return rows
  }

  /** Computes rows and appends them with the position after them. */
  async #append(
    compute: (connection: Connection, as: string) => Promise<void>,
    position: Readonly<Record<string, number>>,
  ): Promise<number> {
    const { view, fields } = this.task
    const rows = await this.#parts.duckdb.with(async (connection) => {
      await compute(connection, 'batch_new')
      return this.#appendTo(view, { connection, fields, position })
    })
    this.#position = position
    return rows
  }

  async #appendTo(
    table: string,
    of: { readonly connection: Connection; readonly fields: readonly Field[]; readonly position: Readonly<Record<string, number>> },
  ): Promise<number> {
    let count = 0
    const batches = rowsOf(of.connection, of.fields, (part) => {
      count += part
    })
    const positions: Positions = { [positionTopic(table, this.task.plan.plan.hash)]: of.position }
    await this.#parts.lake.append(tableName(this.#parts.scope, table), { batches, positions })
    return count
  }

  /** Late rows of the records that have come since. */
  async #carryLate(settled: Settled): Promise<number> {
    const { view, plan, late } = this.task
    const position = nextArrivals(settled)
    if (late === undefined || sameNumbers(position, this.#latePosition)) return 0
    const sql = lateRowsSql(plan, late, await this.#sources(settled, this.#latePosition))
    if (sql === undefined) return 0
    const rows = await this.#parts.duckdb.with(async (connection) => {
      await connection.run(`CREATE OR REPLACE TEMP TABLE batch_new AS ${sql}`)
      return this.#appendTo(`${view}__late`, { connection, fields: lateFields(plan, late), position })
    })
    this.#latePosition = position
    return rows
  }

  /** The records of each source, from a position on where one is given, as table expressions. */
  async #sources(settled: Settled, from?: Readonly<Record<string, number>>): Promise<ReadonlyMap<string, string>> {
    const tables = new Map<string, string>()
    for (const [i, name] of Object.keys(settled.arrivals).entries()) {
      const min = from?.[i] ?? 0
      const name_ = tableName(this.#parts.scope, name)
      const scan = await this.#parts.lake.scan(name_, { snapshotId: settled.snapshots[name], bounds: [{ column: '_arrival', min }] })
      const range = `"_arrival" >= ${min} AND "_arrival" <= ${settled.arrivals[name]}`
      tables.set(name, `(SELECT * FROM ${scan.sql} WHERE ${range})`)
    }
    return tables
  }

  async #firstTime(settled: Settled): Promise<number | undefined> {
    const sources = await this.#sources(settled)
    const firsts: number[] = []
    for (const [name, { event_time: time }] of this.task.plan.sources) {
      const [[first]] = await queryRows(this.#parts.duckdb, `SELECT epoch_ms(min("${time}")) FROM ${sources.get(name)}`)
      if (first !== null) firsts.push(Number(first))
    }
    return firsts.length === 0 ? undefined : Math.min(...firsts)
  }

  #seen: Readonly<Record<string, number>> | undefined

  /** How long the first record waited that came since the last look. */
  async #waited(settled: Settled): Promise<number | null> {
    const sources = await this.#sources(settled, this.#seen)
    this.#seen = nextArrivals(settled)
    let first = Number.POSITIVE_INFINITY
    for (const sql of sources.values()) {
      const [[at]] = await queryRows(this.#parts.duckdb, `SELECT epoch_ms(min("_ingested_at")) FROM ${sql}`)
      if (at !== null) first = Math.min(first, Number(at))
    }
    return Number.isFinite(first) ? Math.max(0, Date.now() - first) : null
  }
}

const EVER: TimeSlice = { from: WATERMARK_FLOOR, to: WATERMARK_END }

/** The statement of all rows of a view whose rows are corrected, as its table holds them: each said once. */
function wholeSql({ plan, fields }: MicroBatchTask, sources: ReadonlyMap<string, string>, watermark: number): string {
  const { sql } = printPlan(plan, { mode: 'as_served', sources: (name) => sources.get(name) as string, systemColumns: true })
  const timed = plan.output.window !== undefined || plan.output.eventTime !== undefined
  const now = `make_timestamptz(${watermark} * 1000)`
  const seen = [...sources.values()].map((table) => `(SELECT max("_ingested_at") FROM ${table})`)
  const place: Readonly<Record<string, string>> = {
    _op: '0',
    _event_time: timed ? `coalesce(b."_event_time", ${now})` : now,
    _available_at: seen.length === 1 ? seen[0] : `greatest(${seen.join(', ')})`,
  }
  const columns = fields.map(({ name }) => `${place[name] ?? `b."${name}"`} AS "${name}"`)
  const closed = plan.output.window === undefined ? '' : ` WHERE "${sliceColumn(plan).column}" <= ${now}`
  return `SELECT ${columns.join(', ')} FROM (${sql}) b${closed}`
}

function rowsOf(connection: Connection, fields: readonly Field[], count: (rows: number) => void): AsyncIterable<Batch> {
  const columns = fields.map(({ name }) => `"${name}"`).join(', ')
  return batchesOf(streamRows(connection, `SELECT ${columns} FROM batch_new`), (part) => {
    count(part.length)
    return batchFromRows(fields, part)
  })
}

function nextArrivals({ arrivals }: Settled): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.values(arrivals).map((last, i) => [i, last + 1]))
}

function sameNumbers(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>> | undefined): boolean {
  return b !== undefined && Object.entries(a).every(([part, value]) => b[part] === value)
}
