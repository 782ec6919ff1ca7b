export { CAPABILITIES } from './capabilities.ts'
export { checkLake, checkLakePlan, endLakeJobs, type LakeCluster, lakeColumns, runLakeJob } from './lake/lake-job.ts'
export { type LiveJob, type LiveSource, type LiveStatements, type LiveView, liveGroup, liveStatements } from './live/live-job.ts'
export { type LiveCluster, type LiveJobStatus, LiveJobs, type ResumePoint } from './live/live-jobs.ts'
export { outputDelayMs } from './live/output-delay.ts'
export { type PrintedPlan, type PrintOptions, printPlan } from './print/plan-printer.ts'
export { type BatchingOptions, flinkRunner } from './run/batching-runner.ts'
export type { Exchange, KeyedRecord, OpenExchange, ResultPlace } from './run/exchange.ts'
export { fileExchange, type SharedFolder } from './run/file-exchange.ts'
export {
  type CheckpointStatus,
  type ClusterStatus,
  FlinkJobs,
  type JobState,
  type JobStatus,
  type WaitOptions,
} from './run/flink-jobs.ts'
export { jobWatermark } from './run/job-watermark.ts'
export { type BoundedKafka, kafkaExchange } from './run/kafka-exchange.ts'
export { type BatchResult, type BoundedCase, type Cluster, type JobOptions, runCases } from './run/run-cases.ts'
export { checkSharedFolder } from './run/shared-folder.ts'
export { GatewaySession, type StatementResult } from './run/sql-gateway.ts'
