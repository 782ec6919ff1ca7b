import type { Field } from '@millrace/columnar'

/**
 * A plan in the form the runner executes: plain data that passes a structured clone, with expressions as generated
 * JavaScript text. Columns live in numbered registers of a frame; a step reads registers and fills one or narrows the selection.
 */
export interface PhysicalPlan {
  readonly version: 1
  readonly planHash: string
  readonly source: string
  /** From source rows to the window, or to the output where there is none. */
  readonly input: Pipeline
  readonly window: WindowPlan | null
  /** From window rows to the output; null without a window. */
  readonly output: Pipeline | null
  /** User columns of the output. */
  readonly fields: readonly Field[]
  /** Columns of the output batches: user columns and system columns. */
  readonly batchFields: readonly Field[]
}

/** A register that is filled from a column of the records or of the window rows. */
export interface RegisterSource {
  readonly register: number
  readonly column: string
}

export interface Pipeline {
  readonly registers: number
  readonly sources: readonly RegisterSource[]
  readonly steps: readonly Step[]
  /** Registers of the output batch's columns, in order; empty in front of a window. */
  readonly outputs: readonly number[]
}

export type Step =
  | { readonly kind: 'filter'; readonly node: string; readonly where: number }
  | { readonly kind: 'compute'; readonly register: number; readonly expr: ExprSource }

/** A compiled expression. `code` computes int64 in doubles and gives up where these are inexact; `wideCode` computes it in bigints. */
export interface ExprSource {
  readonly type: string
  readonly inputs: readonly ExprInput[]
  /** Body of the kernel on doubles, or null where a literal already needs 64 bits. */
  readonly code: string | null
  /** Body of the kernel on bigints, or null where no int64 occurs. */
  readonly wideCode: string | null
}

/** An input of a kernel: a register, or a table of an expression evaluated once per entry of a coded register's dictionary. */
export interface ExprInput {
  readonly register: number
  readonly table: ExprSource | null
}

export interface WindowPlan {
  readonly node: string
  /** Tiles per window: size / step. */
  readonly tilesPerWindow: number
  readonly stepMs: number
  readonly offsetMs: number
  readonly time: number
  readonly watermark: number
  readonly keys: readonly number[]
  readonly keyFields: readonly Field[]
  readonly aggregates: readonly AggregatePlan[]
  readonly late: LatePlan
}

export interface AggregatePlan {
  readonly name: string
  readonly fn: 'count' | 'count_distinct' | 'sum' | 'avg' | 'min' | 'max'
  readonly argument: number | null
  readonly argumentType: string | null
  readonly where: number | null
  /** Greatest value of count_distinct; null: none. */
  readonly max: number | null
  readonly field: Field
}

/** How refused rows are handed out: what the main pipeline left out is computed for them alone. */
export interface LatePlan {
  readonly keep: boolean
  readonly sources: readonly RegisterSource[]
  readonly steps: readonly Step[]
  /** Stamp columns, the operator's input columns; `_late`, `_windows_missed` and `_node` follow. */
  readonly fields: readonly Field[]
  readonly outputs: readonly number[]
}
