/** A resolved expression as it stands in a plan: JSON-safe, typed, total (never throws), null-explicit. */
export type Expr = ColumnExpr | LiteralExpr | CallExpr | CastExpr | CaseExpr | FieldExpr

export interface ColumnExpr {
  readonly col: string
}
/** Literals are text with a type, or null: `{"lit":"400","type":"int32"}`. */
export interface LiteralExpr {
  readonly lit: string | null
  readonly type: string
}
export interface CallExpr {
  readonly fn: string
  readonly args: readonly Expr[]
}
export interface CastExpr {
  readonly cast: Expr
  readonly to: string
}
export interface CaseExpr {
  readonly case: readonly (readonly [Expr, Expr])[]
  readonly else?: Expr
}
export interface FieldExpr {
  readonly field: string
  readonly of: Expr
}
