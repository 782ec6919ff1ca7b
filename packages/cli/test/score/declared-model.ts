import {
  and,
  atLeast,
  byTime,
  contract,
  count,
  features,
  gradientBoostedTrees,
  gt,
  intervals,
  logFiles,
  model,
  stream,
  sum,
  t,
  tumbling,
} from '@millrace/core'

const Log = contract('log', {
  eventTime: 'ts1',
  key: 'txt1',
  fields: { ts1: t.timestamp(), txt1: t.string(), num1: t.int64({ nullable: true }) },
})
const events = stream('events', {
  contract: Log,
  from: logFiles('*.log', { format: 'combined' }),
  watermark: { delay: '30s' },
  late: 'keep',
})
const view = features('view', events, {
  entity: 'txt1',
  window: tumbling('1m'),
  columns: (r) => ({ hits: count(), total: sum(r.num1) }),
})

/** A model over `view`: more than 10 hits and a total above 100 decide without a version. */
export const declared = model('judged', {
  on: view,
  label: intervals({ column: 'txt1', field: 'keys' }),
  train: gradientBoostedTrees(),
  split: byTime({ train: 0.7, validate: 0.15, test: 0.15 }),
  threshold: { falseRate: 0.01 },
  gates: [atLeast('roc_auc', 0.9)],
  serve: { fallback: (v) => and(gt(v.hits, 10), gt(v.total, 100)) },
})

/** Fields of the view's batches. */
export const VIEW_FIELDS = [
  { name: 'window_start', type: 'timestamp', nullable: false },
  { name: 'window_end', type: 'timestamp', nullable: false },
  { name: 'txt1', type: 'string', nullable: false },
  { name: 'hits', type: 'int64', nullable: false },
  { name: 'total', type: 'int64', nullable: true },
  { name: '_event_time', type: 'timestamp', nullable: false },
  { name: '_available_at', type: 'timestamp', nullable: false },
]
