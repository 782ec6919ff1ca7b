export type { LogStats, PartitionStats, TopicStats } from './log-stats.ts'
export { ENTRY_BYTES_MAX, PAIR_KEY_BYTES_MAX } from './log-transaction.ts'
export { type EmbeddedLog, type OpenLogOptions, openLog } from './open-log.ts'
