import type { Field } from '@millrace/columnar'

/**
 * A plan in the form the runner executes: plain data that passes a structured clone, with expressions as generated
 * JavaScript text. Columns live in numbered registers of a frame; a step reads registers and fills one or narrows the selection.
 */
export interface PhysicalPlan {
  readonly version: 2
  readonly planHash: string
  readonly sources: readonly SourcePlan[]
  /** Inputs come first; the last is the output. */
  readonly operators: readonly OperatorPlan[]
  /** User columns of the output. */
  readonly fields: readonly Field[]
  /** Columns of the output batches: user columns and system columns. */
  readonly batchFields: readonly Field[]
  /** How late rows are handed out; null where no row can be late, or late rows are only counted. */
  readonly late: LateTablePlan | null
  /** Places and nodes of the operators that refuse rows as dead letters. */
  readonly dead: readonly { readonly operator: number; readonly node: string }[]
  /** Place of the time operator whose rows in are the plan's: the first on the way along left inputs. */
  readonly first: number | null
}

export interface SourcePlan {
  readonly name: string
  /** Whether its records have a key; without one all lie in partition 0. */
  readonly keyed: boolean
}

export interface LateTablePlan {
  /** Stamp columns, what reached the operators, `_late`, `_windows_missed`, `_node`, and with several sources `_source`. */
  readonly fields: readonly Field[]
  /** By node and input: what the columns of its late rows are called in the table. */
  readonly inputs: readonly LateInputPlan[]
}

export interface LateInputPlan {
  readonly operator: number
  readonly input: number
  readonly node: string
  /** Null: the rows name their source. */
  readonly source: string | null
  readonly names: readonly string[]
}

export type OperatorPlan = WindowOperatorPlan | JoinOperatorPlan | RowOperatorPlan | OutputOperatorPlan

/** An operator over whole rows in their order: one of `RowWork`. */
export interface RowOperatorPlan extends OperatorCommon {
  readonly kind: 'rows'
  readonly node: string
  readonly work: RowWork
}

export type RowWork =
  | DedupePlan
  | OverPlan
  | SessionPlan
  | AsOfJoinPlan
  | TopNPlan
  | UnionPlan
  | LatestPlan
  | TotalPlan
  | TopCurrentPlan
  | LookupPlan
  | RevisedWindowPlan
  | EarlyWindowPlan
  | MapPlan

/** Each row with the columns that a function gives for it. */
export interface MapPlan {
  readonly kind: 'map'
  /** The name under which the function is given to the runner, and the hash of its text; null: any text. */
  readonly function: { readonly name: string; readonly hash: string | null }
  readonly time: number
  /** What the function is given. */
  readonly reads: readonly NamedRegister[]
  /** What it gives. */
  readonly columns: readonly Field[]
  /** Columns that are handed on as they are, system columns among them. */
  readonly kept: readonly NamedRegister[]
  /** What names the record that a row comes from; null: it has left it behind. */
  readonly stamp: MapStampPlan | null
}

export interface MapStampPlan {
  readonly arrival: number
  readonly watermark: number
  /** The watermark of rows that have no stamp. */
  readonly none: number
  /** The source of all rows, or the register that names each row's. */
  readonly source: string | null
  readonly sourceRegister: number | null
}

/** Windows that are given while they are open, and corrected until the horizon after their end. */
export interface EarlyWindowPlan extends Omit<RevisedWindowPlan, 'kind'> {
  readonly kind: 'early-window'
  /** Results so far are given at multiples of it since the window's start. */
  readonly earlyMs: number
}

/** Windows whose rows are corrected by what comes within the horizon after they were given. */
export interface RevisedWindowPlan {
  readonly kind: 'revised-window'
  readonly grid: WindowGrid
  readonly horizonMs: number
  readonly time: number
  /** What rows are judged by; null where no row can miss one window and count in another. */
  readonly watermark: number | null
  readonly keys: readonly number[]
  readonly keyFields: readonly Field[]
  readonly aggregates: readonly AggregatePlan[]
}

/** Each left row with right's current row of its key. */
export interface LookupPlan {
  readonly kind: 'lookup'
  readonly how: 'inner' | 'left'
  /** What is handed on of left rows, system columns among it. */
  readonly left: readonly NamedRegister[]
  readonly leftKeys: readonly number[]
  readonly right: RowsPlan
  /** The changes of right rows that are corrected; null: they never are. */
  readonly change: number | null
}

/** One current row per key, corrected; `deleted` is the register that removes it. */
export interface LatestPlan {
  readonly kind: 'latest'
  readonly rows: RowsPlan
  readonly deleted: number | null
}

/** Aggregates over everything: one row per key, corrected. */
export interface TotalPlan {
  readonly kind: 'total'
  readonly keys: readonly number[]
  readonly keyFields: readonly Field[]
  readonly aggregates: readonly AggregatePlan[]
  /** The changes of rows that are corrected themselves; null: they never are. */
  readonly change: number | null
}

/** The first rows of each group of rows that are corrected. */
export interface TopCurrentPlan {
  readonly kind: 'top-current'
  readonly rows: RowsPlan
  /** Registers of which one row is current at a time; null: none are known. */
  readonly identity: readonly number[] | null
  readonly order: TopNPlan['order']
  readonly n: number
  readonly rank: string | null
  readonly change: number
}

interface OperatorCommon {
  /** Equal for operators that give the same rows, whatever plan they stand in. */
  readonly key: string
  /** Exchanges in front of it, at most: operators of one stage have one depth. */
  readonly depth: number
  readonly inputs: readonly InputPlan[]
  /** Whether others expect corrections of it, and it never makes any: all its rows are new. */
  readonly insertsOnly: boolean
}

export interface WindowOperatorPlan extends OperatorCommon {
  readonly kind: 'window'
  readonly node: string
  readonly window: WindowPlan
}

export interface JoinOperatorPlan extends OperatorCommon {
  readonly kind: 'join'
  readonly node: string
  readonly join: JoinPlan
}

/** The end of a plan: its rows become batches of `fields`, which lie in `registers`. */
export interface OutputOperatorPlan extends OperatorCommon {
  readonly kind: 'output'
  readonly fields: readonly Field[]
  readonly registers: readonly number[]
}

/** What an operator reads, and how rows become what it needs. */
export interface InputPlan {
  readonly from: { readonly kind: 'source'; readonly source: string } | { readonly kind: 'operator'; readonly place: number }
  readonly pipeline: Pipeline
  /** Registers that the operator reads: what travels where there is an exchange. */
  readonly columns: readonly RegisterColumn[]
  readonly exchange: ExchangePlan | null
  /** How the rows' own stamps are judged before the operator; null where it judges them itself or they have none. */
  readonly judge: JudgePlan | null
  /** How refused rows are handed out; null where they have no stamps. */
  readonly late: LatePlan | null
  /** How far the event time of rows to come may lie before the progress of where they come from; null: not known. */
  readonly lagMs: number | null
}

/** How the rows of an input are ordered and grouped. */
export interface RowsPlan {
  readonly time: number
  /** The time whose passing ends a row's waiting. */
  readonly heldBy: number
  /** What orders rows of one time: arrival (−1: none), then position, then these columns. */
  readonly arrival: number | null
  readonly position: number | null
  readonly ties: readonly RegisterColumn[]
  readonly keys: readonly number[]
  readonly keyFields: readonly Field[]
  /** What the operator hands on of the rows. */
  readonly columns: readonly NamedRegister[]
}

export interface NamedRegister extends RegisterColumn {
  readonly name: string
}

export interface DedupePlan {
  readonly kind: 'dedupe'
  readonly rows: RowsPlan
  readonly horizonMs: number
}

export interface OverPlan {
  readonly kind: 'over'
  readonly rows: RowsPlan
  readonly rangeMs: number
  readonly aggregates: readonly AggregatePlan[]
}

export interface SessionPlan {
  readonly kind: 'session'
  readonly rows: RowsPlan
  readonly gapMs: number
  readonly aggregates: readonly AggregatePlan[]
}

/** Each left row with the latest right row at or before its time (`strict`: before), not older than `maxAgeMs`. */
export interface AsOfJoinPlan {
  readonly kind: 'as-of'
  readonly how: 'inner' | 'left'
  readonly strict: boolean
  readonly maxAgeMs: number | null
  readonly left: RowsPlan
  readonly right: RowsPlan
}

/** The first rows of each group, once the group's window is over: when progress is past its end and the slack. */
export interface TopNPlan {
  readonly kind: 'top-n'
  readonly rows: RowsPlan
  readonly order: readonly OrderColumn[]
  readonly n: number
  readonly rank: string | null
  /** Greatest difference of a row's event time and the last instant of its window; null: not known. */
  readonly slackMs: number | null
}

/** By input: the columns that it hands on, and what it adds to a row's position. */
export interface UnionPlan {
  readonly kind: 'union'
  readonly inputs: readonly UnionInputPlan[]
}

export interface UnionInputPlan {
  readonly columns: readonly UnionColumn[]
  readonly position: number | null
  readonly place: number
}

/** A column of an input, or where it has none the one value that all its rows have. */
export type UnionColumn =
  | (NamedRegister & { readonly constant: null })
  | { readonly name: string; readonly type: string; readonly register: null; readonly constant: number | string }

export interface RegisterColumn {
  readonly register: number
  readonly type: string
}

/** Rows go to another partition of the next stage, by key. */
export interface ExchangePlan {
  /** Registers of the key; none: all rows meet in one partition. */
  readonly keys: readonly number[]
  /** Partitions that the plan asks for; null: as many as the source has. */
  readonly partitions: number | null
}

/** The late predicate of an operator as a function of one row: its time and its stamp. */
export interface JudgePlan {
  readonly time: number
  readonly watermark: number
  /** The window grid; null: a row is late when its time lies before its stamp. */
  readonly grid: WindowGrid | null
}

export interface WindowGrid {
  /** Tiles per window: size / step. */
  readonly tilesPerWindow: number
  readonly stepMs: number
  readonly offsetMs: number
  /** Tiles of a calendar in place of those of one size. */
  readonly calendar: CalendarPlan | null
}

/** Days, weeks or months of a time zone. From `from[i]` on clocks are `offsetMs[i]` ahead of UTC; the day that they show never falls. */
export interface CalendarPlan {
  readonly unit: 'day' | 'week' | 'month'
  readonly from: readonly number[]
  readonly offsetMs: readonly number[]
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

export interface WindowPlan extends WindowGrid {
  /**
   * `stamped`: rows come in the order of their stamps, which the operator judges and fires by. `judged`: rows of several
   * partitions, whose stamps were judged before. `unstamped`: rows that left a window or a join and are never late.
   */
  readonly rows: 'stamped' | 'judged' | 'unstamped'
  readonly time: number
  /** Null where no stamp is needed any more. */
  readonly watermark: number | null
  readonly keys: readonly number[]
  readonly keyFields: readonly Field[]
  readonly aggregates: readonly AggregatePlan[]
}

/** Pairs of a left and a right row with equal keys and right.time − left.time in [lower, upper]. */
export interface JoinPlan {
  readonly how: 'inner' | 'left'
  readonly lowerMs: number
  readonly upperMs: number
  readonly keyFields: readonly Field[]
  readonly left: JoinSidePlan
  readonly right: JoinSidePlan
}

export interface JoinSidePlan {
  readonly time: number
  /** When the row was there: its ingest time, or the time its window closed. */
  readonly availableAt: number
  readonly keys: readonly number[]
  readonly columns: readonly NamedRegister[]
}

export interface AggregatePlan {
  readonly name: string
  readonly fn:
    | 'count'
    | 'count_distinct'
    | 'sum'
    | 'avg'
    | 'min'
    | 'max'
    | 'first'
    | 'last'
    | 'collect'
    | 'variance'
    | 'stddev'
    | 'approx_count_distinct'
    | 'quantile'
  readonly argument: number | null
  readonly argumentType: string | null
  readonly where: number | null
  /** Greatest value of count_distinct, most values of collect; null: none. */
  readonly max: number | null
  /** Which quantile, as decimal text; null for other aggregates. */
  readonly share: string | null
  /** What orders the rows, the first column first; null where their order does not matter. */
  readonly order: readonly OrderColumn[] | null
  readonly field: Field
}

/** A column by which rows are ordered; null is the least value. */
export interface OrderColumn extends RegisterColumn {
  readonly descending: boolean
}

/** How refused rows are handed out: what the main pipeline left out is computed for them alone. */
export interface LatePlan {
  readonly keep: boolean
  /** The source that all rows are of; null: a column `_source` says it. */
  readonly source: string | null
  readonly sources: readonly RegisterSource[]
  readonly steps: readonly Step[]
  /** Stamp columns, then the operator's input columns. */
  readonly fields: readonly Field[]
  readonly outputs: readonly number[]
}
