/**
 * Millrace: what users import. Contracts, streams, feature views and alerts are declared with these functions;
 * the command `millrace` runs them.
 */
export {
  type AlertAsset, abs, add, alert, and, avg, between, cast, coalesce, concat, contains, contract, count, countDistinct, countOf, div, type Duration, endsWith, eq,
  type FeaturesAsset, features, gt, gte, hopping, isNotNull, isNull, length, logFiles, lower, lt, lte, max, min, mod, mul, neg, neq, not, oneOf, or, quot,
  type StreamAsset, startsWith, stream, sub, substring, sum, t, timeDiff, timeExtract, timeTruncate, trim, tumbling, upper, when,
} from '@millrace/core'
export { type MillraceConfig, defineProject } from '@millrace/core'
