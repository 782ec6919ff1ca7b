export { AccessLogDecoder, type DecodedLines } from './access-log/access-log-decoder.ts'
export { ACCESS_LOG_FIELDS } from './access-log/access-log-fields.ts'
export { recordEndOf } from './csv/csv-record-end.ts'
export { DEAD_LETTER_RAW_BYTES_MAX, type DeadLetter, type DeadLetterReason } from './dead-letter.ts'
export { type BoundedInput, type BoundedInputOptions, digestPrefixes, openBoundedInput, type PrefixDigest } from './files/bounded-input.ts'
export { checkInput, isReadOnce } from './files/check-input.ts'
export { FileFollower, type FileFollowerOptions, type FollowEvent } from './files/file-follower.ts'
export type { FilePosition, FollowPositions } from './files/file-position.ts'
export { type FollowFilesOptions, type FollowStep, followFiles } from './files/follow-files.ts'
export { LINE_BYTES_MAX, type LineBlock, type LinesBlock, type LongLineBlock } from './files/line-block.ts'
export { tooLarge } from './http-push/push-content.ts'
export { PUSH_SPLIT, PushIntake } from './http-push/push-intake.ts'
export type { PushAnswer, PushOutcome, PushRequest } from './http-push/push-request.ts'
export { RequestRate } from './http-push/request-rate.ts'
export { checkSignature, type PushHeaders } from './http-push/signature-check.ts'
export { DEAD_LETTER_FIELDS } from './ingest/dead-letter-batch.ts'
export { type IngestedBlock, IngestSession, type IngestStream, type IngestTopics, type PreparedBlock } from './ingest/ingest-session.ts'
export { addTotals, type InputTotals, NO_TOTALS } from './ingest/input-totals.ts'
export type { DecoderState } from './ingest/record-decoder.ts'
export { type ExactJson, parseExactJson } from './json-lines/exact-json.ts'
export { type DecodedRow, type RefusedRow, RowDecoder } from './json-lines/row-decoder.ts'
export { type FileFormat, jsonLinesFormat } from './sink/files/file-format.ts'
export { type PostOutcome, type PostRequest, post } from './sink/http/post.ts'
export { jsonRows } from './sink/json-rows.ts'
export { type RetryDelay, retryDelayMs } from './sink/retry-delay.ts'
export type { Sink, SinkPartition, SinkSpan } from './sink/sink.ts'
export { sinkConsumer } from './sink/sink-name.ts'
export { type SinkLimits, SinkRunner, type SinkRunnerOptions, type SinkStatus } from './sink/sink-runner.ts'
export { type SinkPlace, type SinkTarget, sinkOf } from './sink/sink-target.ts'
export { heartbeatDue } from './stamp/heartbeat.ts'
export { type MergeRun, type MergeShape, type MergeSplit, mergeSplits } from './stamp/merge-splits.ts'
export {
  type SplitState,
  type StampedBatch,
  Stamper,
  type StamperOptions,
  type StamperState,
  type StampRequest,
} from './stamp/stamper.ts'
