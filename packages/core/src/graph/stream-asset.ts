import type { Contract, Fields } from '../contract/contract.ts'
import { type DeclaredAt, declaredAt } from '../contract/declared-at.ts'
import { userError } from '../error/index.ts'
import type { Typed } from '../expr/typed.ts'
import type { LatePolicy } from '../plan/plan.ts'
import { type Duration, durationMs } from '../type/duration.ts'
import { type Row, rowOf } from './row.ts'
import type { SourceDeclaration } from './source-declaration.ts'

export interface StreamOptions<F extends Fields> {
  readonly contract: Contract<F>
  readonly from: SourceDeclaration
  /** How much later than the latest event time a record may come and still be on time. */
  readonly watermark: { readonly delay: Duration }
  /** What happens to records that come later still: `keep` them in a table, or `drop` and count them. It must be said. */
  readonly late: LatePolicy
  readonly doc?: string
}

/** Records as they come in, after their contract. */
export interface StreamAsset<F extends Fields = Fields> {
  readonly kind: 'stream'
  readonly name: string
  readonly contract: Contract<F>
  readonly from: SourceDeclaration
  readonly watermarkDelayMs: number
  readonly late: LatePolicy
  /** Its columns, for conditions that several views share. */
  readonly row: StreamRow<F>
  readonly doc: string | undefined
  readonly at: DeclaredAt | undefined
}

/** The columns of a stream inside an expression. */
export type StreamRow<F extends Fields> = Row<{ [K in keyof F]: Typed<F[K]['type']> }>

/**
 * Declares a stream: a source, the contract of its records, and what is late.
 *
 * @example
 * const requests = stream('requests', { contract: AccessLog, from: logFiles('logs/*.log', { format: 'combined' }),
 *   watermark: { delay: '30s' }, late: 'keep' })
 */
export function stream<F extends Fields>(name: string, options: StreamOptions<F>): StreamAsset<F> {
  const at = declaredAt()
  if (options.late === undefined) {
    throw userError('project/missing-late', `Stream \`${name}\` does not say what happens to late records.`, {
      asked: 'late',
      found: ['keep', 'drop'],
      do: "Add `late: 'keep'` (a table of them) or `late: 'drop'` (a count).",
      at,
    })
  }
  if (options.watermark?.delay === undefined) {
    throw userError('project/missing-watermark', `Stream \`${name}\` does not say how late a record may come.`, {
      asked: 'watermark',
      do: "Add `watermark: { delay: '30s' }`.",
      at,
    })
  }
  const types = Object.entries(options.contract.fields).map(([column, field]) => ({ name: column, type: field.type }))
  return {
    kind: 'stream',
    name,
    contract: options.contract,
    from: options.from,
    late: options.late,
    row: rowOf(types, `stream \`${name}\``) as StreamRow<F>,
    doc: options.doc,
    at,
    watermarkDelayMs: durationMs(options.watermark.delay, `watermark delay of stream \`${name}\``),
  }
}
