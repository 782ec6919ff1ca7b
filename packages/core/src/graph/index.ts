export { type AlertAsset, type AlertOptions, alert, type Webhook, webhook } from './alert-asset.ts'
export { alertFields } from './alert-fields.ts'
export { BLOB_FIELDS, type BlobFolderDeclaration, blobFolder } from './blob-folder-source.ts'
export { defineProject, type LakeSettings, type MillraceConfig, type TableUpkeep } from './config.ts'
export type { BackfillOnFlink, EnvironmentSettings, FlinkCluster, KafkaCluster, StampedFormat, StampedKafka } from './environment.ts'
export { featureColumns } from './feature-columns.ts'
export { type FeaturesAsset, type FeaturesOptions, features } from './features-asset.ts'
export { type ArchiveLimits, type FilesDeclaration, type FilesOptions, files, logFiles } from './files-source.ts'
export { type GeneratedField, type GeneratorDeclaration, type GeneratorOptions, generator } from './generator-source.ts'
export {
  type HttpPullDeclaration,
  type HttpPullOptions,
  httpPull,
  type Paging,
  type PullFormat,
  type PullLimits,
} from './http-pull-source.ts'
export {
  type HttpPushDeclaration,
  type HttpPushOptions,
  httpPush,
  type PushLimits,
  type PushSignature,
  standardWebhooks,
} from './http-push-source.ts'
export { type FeatureView, type JoinedAsset, type JoinedOptions, joined } from './joined-asset.ts'
export {
  type KafkaFields,
  type KafkaFormat,
  type KafkaSourceDeclaration,
  type KafkaSourceOptions,
  kafka,
} from './kafka-source.ts'
export { type MicroBatch, microBatch } from './materialize.ts'
export {
  atLeast,
  byTime,
  type GateDeclaration,
  gradientBoostedTrees,
  type IntervalLabels,
  intervals,
  type Metric,
  type ModelAsset,
  type ModelOptions,
  type MomentLabels,
  model,
  moments,
  notWorseThan,
  SCORE_COLUMNS,
  stable,
  type TimeSplit,
  type TreesTrainer,
} from './model-asset.ts'
export { type Asset, isAsset, Project } from './project.ts'
export { type CsvFormat, type CsvOptions, csvFormat, type FormatName, type RecordFormat, recordFormat } from './record-format.ts'
export type { AnyRelation, Columns, Relation } from './relation.ts'
export { type EnvironmentValue, env, type Setting } from './setting.ts'
export {
  httpSink,
  jsonLines,
  kafkaTopic,
  parquetFiles,
  postgresTable,
  redisKeys,
  type SinkAsset,
  type SinkDeclaration,
  sink,
} from './sink-asset.ts'
export { type FeedDeclaration, type SourceDeclaration, sourcePlaces } from './source-declaration.ts'
export { type StreamAsset, type StreamOptions, stream } from './stream-asset.ts'
export { type SliceText, type SqlText, sql, type TableAsset, type TableOptions, type TimeSlice, table } from './table-asset.ts'
export { daily, hourly, PARTITION_MS, type TablePartition } from './table-partition.ts'
export { type AggregateOptions, aggregate } from './view/aggregate.ts'
export { type DedupeOptions, dedupe } from './view/dedupe.ts'
export { type AsOfOptions, asOf, type JoinOptions, join, lookup } from './view/join.ts'
export { type LatestOptions, latest } from './view/latest.ts'
export {
  type GivenValue,
  type JsonValue,
  type MapOptions,
  type MappedColumns,
  type MapResult,
  type MapRow,
  map,
  type TakenValue,
} from './view/map.ts'
export { type OverOptions, over } from './view/over.ts'
export { planned } from './view/planned.ts'
export { filter, type SelectOptions, select } from './view/select.ts'
export { asc, desc, type Ordering, type TopNOptions, topN } from './view/top-n.ts'
export { union } from './view/union.ts'
export type { ViewAsset, ViewOperation } from './view-asset.ts'
export { all, calendar, hopping, session, tumbling } from './window.ts'
