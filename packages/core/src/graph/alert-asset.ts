import { type DeclaredAt, declaredAt } from '../contract/declared-at.ts'
import type { Expr } from '../expr/expr.ts'
import type { Typed } from '../expr/typed.ts'
import { type Duration, durationMs } from '../type/duration.ts'
import { featureColumns } from './feature-columns.ts'
import type { FeatureView } from './joined-asset.ts'
import type { ModelAsset } from './model-asset.ts'
import type { Setting } from './setting.ts'

export interface AlertOptions<V extends Readonly<Record<string, Typed>>> {
  readonly on: FeatureView<V> | ModelAsset<V>
  readonly when: (row: V) => Typed<'boolean'>
  /** Columns shown with an alert; all of the view, or what the model sees, when left out. */
  readonly evidence?: readonly Extract<keyof V, string>[]
  /** After an alert, the same key is quiet for this long in event time. */
  readonly cooldown: Duration
  /** What to do about it: a file or an address. */
  readonly runbook: string
  /** Who is told. */
  readonly notify?: readonly Webhook[]
  readonly doc?: string
}

/** An address that alerts are posted to as JSON, at least once, with their id. */
export interface Webhook {
  readonly kind: 'webhook'
  readonly url: Setting
  /** Signs the body with HMAC-SHA256. */
  readonly secret: Setting | undefined
}

/** Declares an address that is told of alerts. @example notify: [webhook(env('ALERT_URL'))] */
export function webhook(url: Setting, options: { readonly secret?: Setting } = {}): Webhook {
  return { kind: 'webhook', url, secret: options.secret }
}

/** A condition on a feature view or on a model's scores that calls for somebody. */
export interface AlertAsset {
  readonly kind: 'alert'
  readonly name: string
  readonly input: FeatureView | ModelAsset
  readonly when: Expr
  readonly evidence: readonly string[]
  readonly cooldownMs: number
  readonly runbook: string
  readonly notify: readonly Webhook[]
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
  const input = options.on as unknown as FeatureView | ModelAsset
  return {
    kind: 'alert',
    name,
    input,
    when: options.when(options.on.row).expr,
    evidence: options.evidence ?? (input.kind === 'model' ? input.features : featureColumns(input)),
    cooldownMs: durationMs(options.cooldown, `cooldown of alert \`${name}\``),
    runbook: options.runbook,
    notify: options.notify ?? [],
    doc: options.doc,
    at,
  }
}
