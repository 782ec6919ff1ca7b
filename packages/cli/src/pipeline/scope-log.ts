import { rmSync } from 'node:fs'
import type { IngestField, IngestStream } from '@millrace/connect'
import type { Project } from '@millrace/core'
import { compileAsset, csvFormat, type FieldType, type RecordFormat, type StreamAsset, streamsOf } from '@millrace/core'
import type { Lake } from '@millrace/lake'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { deleteAlerts, deleteInput, type Store } from '@millrace/store'
import type { Scope } from '../scope/scope.ts'
import { closingTopic, type TableSpec } from './table-spec.ts'

/** A table and the partitions of its topic. */
export interface PartitionedTable {
  readonly spec: TableSpec
  readonly partitions: number
}

/** Topics have the partitions of their stream; dead letters have one. */
export function partitionedTables(specs: readonly TableSpec[], partitions: number): readonly PartitionedTable[] {
  return specs.map((spec) => ({ spec, partitions: spec.kind === 'dead-letters' ? 1 : partitions }))
}

/** What computes views as records come: workers of ours, or Flink over stamped topics. */
export type ViewEngine = 'stream' | 'flink'

export function streamConsumer(view: string): string {
  return `stream:${view}`
}

/** A stream as ingest needs it. */
export function ingestStream(stream: StreamAsset, partitions: number): IngestStream {
  const source = compileAsset(stream).plan.sources[0]
  const { fields } = stream.contract
  return {
    topic: stream.name,
    deadLetterTopic: `${stream.name}__dead_letters`,
    format: formatOf(stream),
    fields: source.fields
      .filter(({ name }) => fields[name].partOf === undefined)
      .map((field) => ({ ...field, ...partsOf(fields[field.name]) })),
    eventTime: source.event_time,
    key: source.key ?? [],
    partitions: (source.key ?? []).length === 0 ? 1 : partitions,
    watermarkDelayMs: source.watermark_delay_ms,
    producer: stream.from.kind,
  }
}

function partsOf({ parts }: FieldType): Pick<IngestField, 'parts'> {
  return parts === undefined ? {} : { parts }
}

/** As `ingestStream`, of a file that takes the place of the stream's source. */
export function fileStream(stream: StreamAsset, partitions: number, path: string): IngestStream {
  return { ...ingestStream(stream, partitions), format: formatOf(stream, path), producer: 'files' }
}

/** The format that files of the stream have: the declared one, or what the name says where the source is no files. */
function formatOf({ from }: StreamAsset, path = ''): RecordFormat {
  if (from.kind === 'files') return from.format
  if (!/\.csv(\.gz)?$/.test(path)) return { kind: 'json-lines' }
  return from.kind === 'http-push' ? from.csv : csvFormat({})
}

/** Opens a scope's log with every topic and consumer there, so that nothing is dropped before all have read it. */
export async function openScopeLog(
  scope: Scope,
  project: Project,
  tables: readonly PartitionedTable[],
  { engine = 'stream' }: { readonly engine?: ViewEngine } = {},
): Promise<EmbeddedLog> {
  const log = openLog({ path: scope.logDir })
  for (const { spec, partitions } of tables) {
    await log.openTopic(spec.name, { partitions })
    await log.openTopic(closingTopic(spec.name), { partitions })
    await log.registerConsumer(`lake:${spec.name}`, spec.name)
  }
  if (engine === 'stream')
    for (const view of project.computed) for (const { name } of streamsOf(view)) await log.registerConsumer(streamConsumer(view.name), name)
  return log
}

/** Where a scope keeps the hashes of its plans. */
export const PLANS_KEY = 'plans'

/** Hashes of the plans whose results a scope holds. */
export function planHashes(project: Project): Readonly<Record<string, string>> {
  return Object.fromEntries([...project.streams, ...project.computed].map((asset) => [asset.name, compileAsset(asset).plan.hash]))
}

/** Whether the scope's results come from these very definitions; a fresh scope takes them on. */
export async function adoptPlans(
  log: EmbeddedLog,
  hashes: Readonly<Record<string, string>>,
): Promise<{ readonly same: boolean; readonly changed: readonly string[] }> {
  const bytes = log.get(PLANS_KEY)
  if (bytes === undefined) {
    await log.transact((transaction) => transaction.put(PLANS_KEY, Buffer.from(JSON.stringify(hashes))))
    return { same: true, changed: [] }
  }
  const changed = changedPlans(bytes, hashes)
  return { same: changed.length === 0, changed }
}

/** Assets whose plans are other ones than those that were recorded. */
export function changedPlans(recorded: Uint8Array | undefined, hashes: Readonly<Record<string, string>>): readonly string[] {
  const known = recorded === undefined ? {} : (JSON.parse(Buffer.from(recorded).toString('utf8')) as Readonly<Record<string, string>>)
  const names = new Set([...Object.keys(known), ...Object.keys(hashes)])
  return [...names].filter((name) => known[name] !== hashes[name])
}

/** Forgets everything a scope holds. */
export async function forgetScope(scope: Scope, parts: { readonly store: Store; readonly lake: Lake }): Promise<void> {
  await deleteInput(parts.store.db, scope.id)
  await deleteAlerts(parts.store.db, { env: scope.env, scope: scope.id })
  await parts.lake.dropNamespace(scope.namespace)
  for (const folder of [scope.logDir, restoredDir(scope.logDir)]) rmSync(folder, { recursive: true, force: true })
}

/** Where a log is made ready that takes the place of another. */
export function restoredDir(logDir: string): string {
  return `${logDir}.restored`
}
