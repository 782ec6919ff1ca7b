import type { Expr, PlanResult, Value } from '@millrace/core'
import { call, col, lit } from './scenario.ts'

/** An alert on a view, the view's rows, and which of them raise it. */
export interface AlertScenario {
  readonly name: string
  readonly columns: PlanResult['columns']
  readonly rows: readonly (readonly Value[])[]
  readonly key: readonly string[]
  readonly when: Expr
  readonly cooldown_ms: number
  /** Places in `rows`, in any order. */
  readonly raised: readonly number[]
}

const COLUMNS: PlanResult['columns'] = [
  { name: 'window_start', type: 'timestamp', nullable: false },
  { name: 'window_end', type: 'timestamp', nullable: false },
  { name: 'txt1', type: 'string', nullable: true },
  { name: 'hits', type: 'int64', nullable: false },
  { name: 'failures', type: 'int64', nullable: true },
]
const WHEN: Expr = call('or', call('gt', col('hits'), lit(600)), call('gt', col('failures'), lit(20)))

/** Rows are window end, key, hits, failures; windows are 60 ms long. */
function alerts(
  name: string,
  text: {
    readonly rows: readonly (readonly [number, string | null, number, number | null])[]
    readonly cooldown_ms: number
    readonly raised: readonly number[]
    readonly key?: readonly string[]
  },
): AlertScenario {
  return {
    name,
    columns: COLUMNS,
    rows: text.rows.map(([end, ...values]) => [end - 60, end, ...values]),
    key: text.key ?? ['txt1'],
    when: WHEN,
    cooldown_ms: text.cooldown_ms,
    raised: text.raised,
  }
}

export const ALERT_SCENARIOS: readonly AlertScenario[] = [
  alerts('a row at the limit raises nothing, one above it does', {
    rows: [
      [60, 'a', 600, 20],
      [60, 'b', 601, 0],
      [60, 'c', 0, 21],
    ],
    cooldown_ms: 0,
    raised: [1, 2],
  }),
  alerts('a condition that is null raises nothing', {
    rows: [
      [60, 'a', 1, null],
      [60, 'b', 601, null],
    ],
    cooldown_ms: 0,
    raised: [1],
  }),
  alerts('a further alert of the key is kept back until the cool-down has passed', {
    rows: [
      [60, 'a', 700, 0],
      [120, 'a', 700, 0],
      [179, 'a', 700, 0],
      [180, 'a', 700, 0],
      [240, 'a', 700, 0],
    ],
    cooldown_ms: 120,
    raised: [0, 3],
  }),
  alerts('the cool-down runs from the last alert raised, not from the last true condition', {
    rows: [0, 50, 100, 150, 200].map((end) => [end, 'a', 700, 0] as const),
    cooldown_ms: 100,
    raised: [0, 2, 4],
  }),
  alerts('a row that raises nothing starts no cool-down', {
    rows: [
      [60, 'a', 1, 0],
      [61, 'a', 700, 0],
    ],
    cooldown_ms: 100,
    raised: [1],
  }),
  alerts('rows count in order of their windows, however they come', {
    rows: [
      [180, 'a', 700, 0],
      [60, 'a', 700, 0],
      [120, 'a', 700, 0],
    ],
    cooldown_ms: 100,
    raised: [0, 1],
  }),
  alerts('keys do not keep each other back, and null is a key', {
    rows: [
      [60, 'a', 700, 0],
      [60, null, 700, 0],
      [61, 'b', 700, 0],
      [62, null, 700, 0],
    ],
    cooldown_ms: 1000,
    raised: [0, 1, 2],
  }),
  alerts('without a cool-down every true row raises', {
    rows: [
      [60, 'a', 700, 0],
      [61, 'a', 700, 0],
    ],
    cooldown_ms: 0,
    raised: [0, 1],
  }),
  alerts('windows before 1970 cool down too', {
    rows: [
      [-120, 'a', 700, 0],
      [-60, 'a', 700, 0],
      [0, 'a', 700, 0],
    ],
    cooldown_ms: 120,
    raised: [0, 2],
  }),
  alerts('an alert without a key is about the whole view', {
    key: [],
    rows: [
      [60, 'a', 700, 0],
      [61, 'b', 700, 0],
    ],
    cooldown_ms: 10,
    raised: [0],
  }),
  alerts('a view without rows raises nothing', { rows: [], cooldown_ms: 10, raised: [] }),
]
