import { type Batch, emptyBatch, type Field, keyPartitions, splitByPartition } from '@millrace/columnar'
import { checkPlan, type EventLog, STAMP_FIELDS, type WindowAggregateNode } from '@millrace/core'
import { lowerPlan, type StreamJob } from '@millrace/engine-stream'

export const PARTITIONS = 4
export const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition)
export const TOPIC = 'updates'
/** Records of updates: a time, a key and a number. */
export const FIELDS: readonly Field[] = [
  ...STAMP_FIELDS,
  { name: 'ts1', type: 'timestamp', nullable: false },
  { name: 'key1', type: 'int64', nullable: false },
  { name: 'num1', type: 'int64', nullable: false },
]

/** Aggregates of the updates by key, under a name. */
export function updateJob(name: string, of: Pick<WindowAggregateNode, 'window' | 'aggregates'>): StreamJob {
  const plan = checkPlan({
    millrace_plan: 1,
    sources: [
      {
        name: TOPIC,
        event_time: 'ts1',
        key: ['key1'],
        watermark_delay_ms: 0,
        late: 'keep',
        fields: FIELDS.slice(STAMP_FIELDS.length).map(({ name: field, type }) => ({ name: field, type })),
      },
    ],
    nodes: [
      { id: 'scan', kind: 'scan', source: TOPIC },
      { id: name, kind: 'window-aggregate', input: 'scan', keys: ['key1'], ...of },
    ],
    output: name,
  })
  return { topic: TOPIC, assets: [{ name, plan: lowerPlan(plan) }] }
}

/** Appends updates to the partitions of their keys, in one transaction. */
export async function appendUpdates(log: EventLog, batch: Batch): Promise<void> {
  const parts = splitByPartition(batch, keyPartitions(batch, ['key1'], PARTITIONS), PARTITIONS)
  await log.transact((transaction) => {
    for (const partition of ALL)
      transaction.append({ topic: TOPIC, partition, batch: parts[partition] ?? emptyBatch(FIELDS), watermarkAfter: 0, ingestedAt: 0 })
  })
}

/** Ends of the topic's partitions. */
export function endsOf(log: EventLog): number[] {
  return ALL.map((partition) => log.range(TOPIC, partition).next)
}
