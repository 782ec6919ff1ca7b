import type { Field } from '@millrace/columnar'
import type { CheckedPlan, TimeSlice } from '@millrace/core'
import type { Duckdb } from '@millrace/engine-duckdb'
import type { SliceColumn } from './time-slice.ts'
import type { RowsElsewhere } from './view-batch.ts'

/** A table of which stretches can be computed anew. */
export interface BackfillTarget {
  readonly name: string
  /** Hash of what its rows are computed by. */
  readonly definition: string
  readonly fields: readonly Field[]
  readonly time: SliceColumn
  /** Slices begin and end at whole multiples of it, ms. */
  readonly unitMs: number
  /** How the table is laid out in files where it is not there yet. */
  readonly partitionBy: readonly string[]
  /** Rows from here on (epoch ms) are still being made by the stream. */
  readonly until: number | undefined
  /** The last record that counts, where rows stand for single records: rows of later ones stay. */
  readonly arrivalMax: number | undefined
  /** Where rows may be computed elsewhere: the plan, the snapshots that it reads, and the target with rows from there. */
  readonly movable?: {
    readonly plan: CheckedPlan
    readonly snapshots: Readonly<Record<string, number | undefined>>
    readonly to: (elsewhere: RowsElsewhere) => BackfillTarget
  }
  /** Keeps the rows of a slice as a temporary table of the connection, with the columns of the table. */
  compute(connection: Connection, slice: TimeSlice, as: string): Promise<void>
}

export type Connection = Awaited<ReturnType<Duckdb['connect']>>

/** Columns that say which rows a table has; what is left out says how a row came there. */
export function comparedColumns({ fields }: BackfillTarget): readonly string[] {
  return fields.map(({ name }) => name).filter((name) => !name.startsWith('_') || name === '_event_time' || name === '_arrival')
}
