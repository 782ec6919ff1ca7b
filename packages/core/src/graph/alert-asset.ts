import { type DeclaredAt, declaredAt } from '../contract/declared-at.ts'
import { type Duration, durationMs } from '../contract/duration.ts'
import type { Expr } from '../expr/expr.ts'
import type { Typed } from '../expr/typed.ts'
import type { FeaturesAsset } from './features-asset.ts'

export interface AlertOptions<V extends Readonly<Record<string, Typed>>> {
  readonly on: FeaturesAsset<V>
  readonly when: (row: V) => Typed<'boolean'>
  /** Columns shown with an alert; all of the view when left out. */
  readonly evidence?: readonly Extract<keyof V, string>[]
  /** After an alert, the same key is quiet for this long in event time. */
  readonly cooldown: Duration
  /** What to do about it: a file or an address. */
  readonly runbook: string
  readonly doc?: string
}

/** A condition on a feature view that calls for somebody. */
export interface AlertAsset {
  readonly kind: 'alert'
  readonly name: string
  readonly input: FeaturesAsset
  readonly when: Expr
  readonly evidence: readonly string[]
  readonly cooldownMs: number
  readonly runbook: string
  readonly doc: string | undefined
  readonly at: DeclaredAt | undefined
}

/**
 * Declares an alert.
 *
 * @example
 * const attacks = alert('attacks', { on: ipActivity, when: (f) => gt(f.hits, 600), cooldown: '10m', runbook: 'runbooks/attack.md' })
 */
export function alert<V extends Readonly<Record<string, Typed>>>(name: string, options: AlertOptions<V>): AlertAsset {
  const at = declaredAt()
  const input = options.on as unknown as FeaturesAsset
  return {
    kind: 'alert',
    name,
    input,
    when: options.when(options.on.row).expr,
    evidence: options.evidence ?? input.aggregates.map((one) => one.name),
    cooldownMs: durationMs(options.cooldown, `cooldown of alert \`${name}\``),
    runbook: options.runbook,
    doc: options.doc,
    at,
  }
}
