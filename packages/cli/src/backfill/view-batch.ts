import { type CheckedPlan, type MapFunctions, STAMP_FIELDS, type TableName, type TimeSlice } from '@millrace/core'
import { printPlan, registerMaps } from '@millrace/engine-duckdb'
import type { Lake } from '@millrace/lake'
import type { TableSpec } from '../pipeline/table-spec.ts'
import { planReachMs } from '../query/plan-reach.ts'
import { tableName } from '../scope/open-scope.ts'
import type { Scope } from '../scope/scope.ts'
import { AvailableAt } from './available-at.ts'
import type { Connection } from './backfill-target.ts'
import { type SliceColumn, sliceCondition } from './time-slice.ts'

const EVENT_TIME = '_event_time'

/** By which column rows of a view belong to a slice: the end of their window, else their event time. */
export function sliceColumn({ output }: CheckedPlan): SliceColumn {
  return { column: output.window?.end ?? EVENT_TIME, type: 'timestamp' }
}

/** Rows before this time do not change any more once the watermark has come so far. */
export function settledBefore(plan: CheckedPlan, watermark: number): number {
  let held = 0
  let strict = plan.output.window === undefined
  for (const { node } of plan.nodes) {
    if (node.kind === 'join' && node.type === 'interval') held += Math.max(Math.abs(node.lower_ms), Math.abs(node.upper_ms))
    if (node.kind === 'window-aggregate' && node.window.kind === 'session') strict = true
  }
  // A window that ends with the watermark is closed, and its end lies in the slice that begins there.
  return watermark - held + (strict || held > 0 ? 0 : 1)
}

/** Records of a source that rows of a slice may depend on. */
export interface SourceRecords extends TableName, Partial<TimeSlice> {
  readonly snapshotId: number | undefined
  readonly arrivalMax?: number
}

export interface RowsRequest {
  readonly slice: TimeSlice
  readonly records: ReadonlyMap<string, SourceRecords>
}

/** Rows of a plan as a DuckDB table expression, with their place (`_arrival`, `_event_time`), until they are let go. */
export interface ComputedRows {
  readonly sql: string
  release(): Promise<void>
}

/** Computes the rows of a slice elsewhere than in DuckDB. */
export type RowsElsewhere = (request: RowsRequest) => Promise<ComputedRows>

/** Event times of the records that rows of a slice may depend on; nothing where it may be any. */
export function inReach(plan: CheckedPlan, slice: TimeSlice): Partial<TimeSlice> {
  const reach = planReachMs(plan)
  return reach === undefined ? {} : { from: slice.from - reach, to: slice.to + reach }
}

/** Where the tables are. */
export interface LakePlace {
  readonly lake: Pick<Lake, 'scan'>
  readonly scope: Scope
}

export interface BatchOf {
  readonly plan: CheckedPlan
  readonly spec: Pick<TableSpec, 'fields'>
  /** Snapshots of the sources' tables. */
  readonly snapshots: Readonly<Record<string, number | undefined>>
  /** The last record that counts, where rows stand for single records. */
  readonly arrivalMax: number | undefined
  /** Records from here on count; all when absent. */
  readonly arrivalMin?: number
  /** The functions that the plan's maps name. */
  readonly functions?: MapFunctions
  /** Computes the rows in place of DuckDB. */
  readonly elsewhere?: RowsElsewhere
}

/** Computes rows of a view's table, system columns included, from the records in the lake. */
export class ViewBatch {
  readonly #place: LakePlace
  readonly #of: BatchOf
  readonly #availableAt: AvailableAt

  constructor(place: LakePlace, of: BatchOf) {
    this.#place = place
    this.#of = of
    this.#availableAt = new AvailableAt(of.plan)
  }

  async compute(connection: Connection, slice: TimeSlice, as: string): Promise<void> {
    const { plan, spec, elsewhere } = this.#of
    const sources = await this.#sources(slice)
    const rows = await (elsewhere?.({ slice, records: this.#sourceRecords(slice) }) ?? this.#printed(connection, sources))
    try {
      const kept = `(SELECT * FROM (${rows.sql}) WHERE ${sliceCondition(sliceColumn(plan), slice)})`
      const columns = spec.fields.map(({ name }) => `${this.#column(name)} AS "${name}"`)
      const from = plan.output.stamped
        ? `${kept} b JOIN ${[...sources.values()][0]} s ON b."_arrival" = s."_arrival"`
        : await this.#availableAt.joined(connection, kept, { sources: await this.#sourcesAfter(slice), from: slice.from })
      await connection.run(`CREATE OR REPLACE TEMP TABLE "${as}" AS SELECT ${columns.join(', ')} FROM ${from}`)
    } finally {
      await rows.release()
    }
  }

  #printed(connection: Connection, sources: ReadonlyMap<string, string>): ComputedRows {
    const { plan, functions } = this.#of
    const { sql } = printPlan(plan, {
      mode: 'as_served',
      sources: (name) => sources.get(name) as string,
      systemColumns: true,
      mapName: registerMaps(connection, plan, functions),
    })
    return { sql, release: async () => {} }
  }

  #sourceRecords(slice: TimeSlice): RowsRequest['records'] {
    const { plan, snapshots, arrivalMax } = this.#of
    const bounds = { ...inReach(plan, slice), ...(arrivalMax === undefined ? {} : { arrivalMax }) }
    return new Map(
      [...plan.sources.keys()].map((name) => [name, { ...tableName(this.#place.scope, name), snapshotId: snapshots[name], ...bounds }]),
    )
  }

  #column(name: string): string {
    if (name === '_available_at') return this.#availableAt.column
    return this.#of.plan.output.stamped && STAMP_FIELDS.some((field) => field.name === name) ? `s."${name}"` : `b."${name}"`
  }

  /** The records that rows of a slice may depend on, by source. */
  #sources(slice: TimeSlice): Promise<ReadonlyMap<string, string>> {
    return this.#records(inReach(this.#of.plan, slice))
  }

  /** The records from a slice's beginning on, whose stamps say when its rows were there. */
  #sourcesAfter(slice: TimeSlice): Promise<ReadonlyMap<string, string>> {
    return this.#records({ from: slice.from })
  }

  async #records({ from, to }: Partial<TimeSlice>): Promise<ReadonlyMap<string, string>> {
    const { plan, snapshots, arrivalMax, arrivalMin } = this.#of
    const tables = new Map<string, string>()
    for (const [name, { event_time: time }] of plan.sources) {
      const bounds = [
        { column: time, ...(from === undefined ? {} : { min: from }), ...(to === undefined ? {} : { max: to }) },
        { column: '_arrival', ...(arrivalMin === undefined ? {} : { min: arrivalMin }) },
      ]
      const scan = await this.#place.lake.scan(tableName(this.#place.scope, name), { bounds, snapshotId: snapshots[name] })
      const conditions = [
        ...(from === undefined ? [] : [`"${time}" >= make_timestamptz(${from} * 1000)`]),
        ...(to === undefined ? [] : [`"${time}" < make_timestamptz(${to} * 1000)`]),
        ...(arrivalMin === undefined ? [] : [`"_arrival" >= ${arrivalMin}`]),
        ...(arrivalMax === undefined ? [] : [`"_arrival" <= ${arrivalMax}`]),
      ]
      tables.set(name, conditions.length === 0 ? scan.sql : `(SELECT * FROM ${scan.sql} WHERE ${conditions.join(' AND ')})`)
    }
    return tables
  }
}
