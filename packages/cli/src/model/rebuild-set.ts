import { userError } from '@millrace/core'
import { buildTrainingSet, type TrainingSetRecord, type TrainingSetRequest } from '@millrace/ml'
import { artifactDir, loadArtifact, type ModelVersion } from '@millrace/store'
import { currentRows } from '../query/current-rows.ts'
import type { ReadContext } from '../scope/open-scope.ts'
import { tableName } from '../scope/open-scope.ts'
import { inputScope, liveScope } from '../scope/scope.ts'
import { chooseModel } from './choose-models.ts'
import { parseModelLabels } from './label-source.ts'
import { setRequest } from './set-request.ts'

/** What is recorded of a version's training set, beside what ml records. */
export interface StoredSetRecord extends TrainingSetRecord {
  readonly scope: string
  readonly env: string
}

/** A training set that was built again, beside its record. */
export interface RebuiltSet {
  readonly model: string
  readonly version: number
  readonly recorded: string
  readonly rebuilt: string
  readonly same: boolean
}

/** Builds a version's training set again from the snapshots and labels it was made of, whatever was appended since. */
export async function rebuildSet(context: ReadContext, version: ModelVersion, state: string): Promise<RebuiltSet> {
  const model = chooseModel(context.loaded.project, version.model)
  const record = recordOf(version)
  const text = new TextDecoder().decode(await loadArtifact(state, record.labels_sha256))
  const path = `${artifactDir(state)}/${record.labels_sha256}`
  const file = parseModelLabels(model, { path, sha256: record.labels_sha256, text })
  const request = setRequest(await asOfSnapshots(context, record, state), model, { labels: file, mode: record.mode, alsoFeatures: [] })
  const labelsAsOf = asRecorded(request.labels, record)
  const set = await buildTrainingSet({ ...request, labels: labelsAsOf, features: record.features, asOf: Date.parse(record.as_of) })
  const rebuilt = set.record.digest
  return { model: version.model, version: version.version, recorded: record.digest, rebuilt, same: rebuilt === record.digest }
}

/** What labels saw is what was recorded, whatever is declared now. */
function asRecorded(labels: TrainingSetRequest['labels'], record: Partial<TrainingSetRecord>): TrainingSetRequest['labels'] {
  const knownTime = record.known_time ?? labels.knownTime
  if (labels.kind !== 'moments') return { ...labels, knownTime }
  return { ...labels, knownTime: knownTime === true, maxAgeMs: record.max_age_ms ?? undefined, featureMaxAgeMs: record.feature_max_age_ms }
}

function recordOf(version: ModelVersion): StoredSetRecord {
  if (version.trainingSet !== null) return version.trainingSet as unknown as StoredSetRecord
  throw userError(
    'model/no-training-set',
    `Version ${version.version} of \`${version.model}\` was not trained here: it has no training set.`,
    {
      asked: `${version.model}@${version.version}`,
      found: version.source,
      do: 'Name a version whose source is `trained`.',
    },
  )
}

/** The context with the record's scope and its tables as they were. */
async function asOfSnapshots(context: ReadContext, record: StoredSetRecord, state: string): Promise<ReadContext> {
  const scope = record.scope === 'live' ? liveScope(state, record.env) : inputScope(state, record.env, record.scope)
  const specs = context.tables.map(({ spec }) => spec).filter(({ name }) => name in record.snapshots)
  const tables = await Promise.all(
    specs.map(async (spec) => {
      const snapshotId = record.snapshots[spec.name]
      const scan = await context.lake.pin(tableName(scope, spec.name), snapshotId === null ? {} : { snapshotId })
      return { spec, scan: { ...scan, sql: currentRows(spec, scan.sql) } }
    }),
  )
  return { ...context, scope, tables }
}
