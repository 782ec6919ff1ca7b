import type { ExprInput, ExprSource } from '../../operator/physical-plan.ts'
import { KernelWriter, NeedsWide } from './kernel-writer.ts'
import { isCoded } from './store-form.ts'
import { codedColumns, registersOf, type TypedExpr, usesInt64 } from './typed-expr.ts'

/**
 * Compiles an expression to the sources of its kernels. Parts over exactly one coded column become tables, evaluated once per
 * dictionary entry instead of once per row.
 */
export function writeExpr(expr: TypedExpr): ExprSource {
  const table = tableOf(expr)
  if (table !== undefined && isCoded(expr.type)) {
    const writer = new KernelWriter({ wide: false, tableOf, overEntries: false })
    return { type: expr.type, code: writer.writeLookup(table, expr.type), inputs: writer.inputs, wideCode: null }
  }
  return variants(expr, { tableOf, overEntries: false })
}

function tableOf(expr: TypedExpr): ExprInput | undefined {
  const registers = registersOf(expr)
  if (registers.size !== 1 || codedColumns(expr) === 0 || isNullTest(expr)) return undefined
  const [register] = registers
  return { register, table: variants(expr, { tableOf: () => undefined, overEntries: true }) }
}

/** A test of a bare column for null looks at no entry. */
function isNullTest(expr: TypedExpr): boolean {
  return expr.kind === 'call' && (expr.fn === 'is_null' || expr.fn === 'is_not_null') && expr.args[0].kind === 'column'
}

function variants(expr: TypedExpr, options: { tableOf: (expr: TypedExpr) => ExprInput | undefined; overEntries: boolean }): ExprSource {
  const narrow = variant(expr, { ...options, wide: false })
  const wide = usesInt64(expr) ? variant(expr, { ...options, wide: true }) : undefined
  return { type: expr.type, inputs: (narrow ?? wide)?.inputs ?? [], code: narrow?.code ?? null, wideCode: wide?.code ?? null }
}

function variant(
  expr: TypedExpr,
  options: ConstructorParameters<typeof KernelWriter>[0],
): { code: string; inputs: ExprInput[] } | undefined {
  const writer = new KernelWriter(options)
  try {
    return { code: writer.write(expr), inputs: writer.inputs }
  } catch (error) {
    if (error instanceof NeedsWide) return undefined
    throw error
  }
}
