import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Field } from '@millrace/columnar'
import { type Snapshot, type TableField, type TableName, type TableScan, type TableStore, userError } from '@millrace/core'
import { append, type WriteContext } from './append.ts'
import { openCatalog, type Queryable } from './catalog.ts'
import type { CommitContext, CommitPhase } from './commit/table-commit.ts'
import { describeTable, type TableDescription } from './describe.ts'
import { makeFolder, removeFiles, reporting, syncPath, writeDurably } from './durable-file.ts'
import { type EvolveRequest, evolveSchema } from './evolve/evolve-schema.ts'
import { stepsTo } from './evolve/evolve-to.ts'
import { repartition } from './evolve/repartition.ts'
import { openParquetWriter } from './feed/parquet-writer.ts'
import { locationOf } from './format/location.ts'
import { printJson } from './format/lossless-json.ts'
import { currentEntry, currentSchema, defaultSpec, type TableMetadata } from './format/table-metadata.ts'
import { fieldsOf, layoutOf } from './format/table-schema.ts'
import { HoldKeeper } from './hold/hold-keeper.ts'
import { type CompactRequest, compact } from './maintain/compact.ts'
import { type CondenseRequest, condense } from './maintain/condense.ts'
import { type Expired, type ExpireRequest, expireSnapshots } from './maintain/expire.ts'
import { removeOrphans } from './maintain/orphan.ts'
import { addTag, dropTag, type Tag, tagsIn } from './maintain/tag.ts'
import { deleteRows, overwrite } from './overwrite.ts'
import { NO_PARTITION_ID, partitionSpec, termsOf } from './partition/partition-by.ts'
import { FileLayouts } from './scan/file-layout.ts'
import { type PinnedScan, pinScan } from './scan/pinned-scan.ts'
import { planScan, type ScanRequest } from './scan/table-scan.ts'
import { type LoadedTable, TableReader } from './table-reader.ts'

const FILE_ROWS_MAX = 500_000
const MEMORY_MAX = '512MB'
/** Rows come from one thread, and a second one writing Parquet gained nothing (measured). */
const THREADS = 1
const NAME = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,200}$/

export interface LakeOptions {
  /** A PostgreSQL pool (`pg.Pool`) on a database with Iceberg's JDBC catalog tables. */
  readonly pool: Queryable
  /** Name of the catalog; every program that reads the tables must use the same. */
  readonly catalog: string
  /** Absolute folder; tables live in `<warehouse>/<namespace>/<table>/{data,metadata}`. */
  readonly warehouse: string
  /** Memory limit of the DuckDB instance that writes Parquet, e.g. `512MB` (the default). */
  readonly memoryMax?: string
  /** Folder for what does not fit that memory, of this lake alone; `lake-tmp` beside the warehouse by default. */
  readonly tempDir?: string
  /** Threads of that instance, 1 by default. */
  readonly threads?: number
  /** Rows after which an append begins another data file, 500,000 by default. */
  readonly fileRowsMax?: number
  /** Called at the stages of every append; a failure in it fails the append. */
  readonly onCommit?: (phase: CommitPhase, table: TableName) => void
}

/** Iceberg tables on local disk. */
export interface Lake extends TableStore {
  scan(name: TableName, request?: ScanRequest): Promise<TableScan>
  /** A scan whose snapshot nobody expires and whose files nobody removes until it is released. */
  pin(name: TableName, request?: ScanRequest): Promise<PinnedScan>
  /** Adds, drops, renames, moves, widens columns; no data file is touched. Returns the columns after it. */
  evolve(name: TableName, request: EvolveRequest): Promise<readonly TableField[]>
  /** Partitions later files by other terms; those that are there stay as they are. Returns the terms. */
  repartition(name: TableName, terms: readonly string[]): Promise<readonly string[]>
  /** Columns, partitions, tags, snapshots and file sizes. */
  describe(name: TableName): Promise<TableDescription>
  tags(name: TableName): Promise<readonly Tag[]>
  /** Names a snapshot, the current one where none is given; it never expires while it has a name. */
  tag(name: TableName, request: { readonly tag: string; readonly snapshotId?: number }): Promise<Tag>
  dropTag(name: TableName, tag: string): Promise<Tag>
  /** Puts small files together, or sorts the rows of each partition; undefined where there is nothing to do. */
  compact(name: TableName, request?: CompactRequest): Promise<Snapshot | undefined>
  /** Replaces rows of old files by fewer that stand for them; undefined where there is nothing to do. */
  condense(name: TableName, request: CondenseRequest): Promise<Snapshot | undefined>
  /** Drops old snapshots and the files that only they need. */
  expire(name: TableName, request: ExpireRequest): Promise<Expired>
  /**
   * Removes files of our own commits that nothing needs, and returns their paths. Files of commits under way stay where the pool offers
   * sessions for holds; without them only a lone writer may call it.
   * @param options.ageMsMin files younger than this stay; 0 by default
   */
  sweepOrphans(name: TableName, options?: { readonly ageMsMin?: number }): Promise<readonly string[]>
  /** Removes a table with all its files; one that is not there is no error. */
  dropTable(name: TableName): Promise<void>
  /** Breaks off what is being written: it fails with `lake/disk`; files that it leaves go with the next sweep. */
  interrupt(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the Iceberg tables of a warehouse folder, whose catalog is in PostgreSQL (Iceberg's own JDBC schema, so that pyiceberg's
 * `SqlCatalog` and Flink's `JdbcCatalog` see the same tables). Format: https://iceberg.apache.org/spec/, version 2, copy-on-write.
 *
 * Errors: `lake/schema-differs`, `lake/unknown-table`, `lake/unknown-snapshot`, `lake/bad-name` (user); `lake/conflict`, `lake/disk`,
 * `lake/commit-contended`, `lake/commit-unknown`, `lake/file-missing`, `lake/unreadable-manifest`, `lake/format-version`, `lake/delete-files` (operating).
 *
 * With `MILLRACE_TRACE_COMMITS=1` every stage of an append is a line on standard error: `lake commit data-written dev.requests`.
 *
 * @example
 * const lake = await openLake({ pool: store.pool, catalog: 'millrace', warehouse: '/srv/millrace/lake' })
 * await lake.openTable({ namespace: 'dev', table: 'requests' }, { fields, partitionByDay: 'event_time' })
 * await lake.append({ namespace: 'dev', table: 'requests' }, { batches, positions: { requests: { 0: 120 } } })
 */
export async function openLake(options: LakeOptions): Promise<Lake> {
  const warehouse = resolve(options.warehouse)
  const catalog = openCatalog(options.pool, options.catalog)
  const holds = new HoldKeeper(options.pool)
  const { memoryMax = MEMORY_MAX, threads = THREADS, fileRowsMax = FILE_ROWS_MAX, tempDir = join(dirname(warehouse), 'lake-tmp') } = options
  // Opened by the first append: reading needs none of it.
  let opening: ReturnType<typeof openParquetWriter> | undefined
  const writer = () => (opening ??= openParquetWriter({ memoryMax, threads, tempDir }))
  const reader = new TableReader(catalog, new FileLayouts(async (query) => (await writer()).read(query)))
  const onPhase = (phase: CommitPhase, table: TableName) => {
    if (process.env.MILLRACE_TRACE_COMMITS === '1') process.stderr.write(`lake commit ${phase} ${table.namespace}.${table.table}\n`)
    options.onCommit?.(phase, table)
  }
  const committing: CommitContext = { catalog, reader, holds, onPhase }
  const writing = async (): Promise<WriteContext> => ({ ...committing, writer: await writer(), fileRowsMax, onPhase })
  return {
    openTable: (name, request) => openTable({ ...committing, warehouse }, name, request),
    tables: (namespace) => catalog.tables(namespace),
    async current(name) {
      const { metadata } = await reader.load(name)
      const entry = currentEntry(metadata)
      return entry === undefined ? undefined : reader.snapshot(metadata, entry)
    },
    async snapshots(name) {
      const { metadata } = await reader.load(name)
      return Promise.all((metadata.snapshots ?? []).map((entry) => reader.snapshot(metadata, entry)))
    },
    scan: (name, request = {}) => planScan(reader, name, request),
    append: async (name, commit) => append(await writing(), name, commit),
    overwrite: async (name, commit) => overwrite(await writing(), name, commit),
    deleteRows: async (name, commit) => deleteRows(await writing(), name, commit),
    async dropTable(name) {
      checkNames([name.namespace, name.table])
      await catalog.drop(name)
      await removeFolder(join(warehouse, name.namespace, name.table))
    },
    async dropNamespace(namespace) {
      checkNames([namespace])
      await catalog.dropNamespace(namespace)
      await removeFolder(join(warehouse, namespace))
    },
    pin: (name, request = {}) => pinScan(reader, holds, name, request),
    evolve: (name, request) => evolveSchema(committing, name, request),
    repartition: (name, terms) => repartition(committing, name, terms),
    describe: (name) => describeTable(reader, name),
    tags: async (name) => tagsIn((await reader.load(name)).metadata),
    tag: (name, request) => addTag(committing, name, request),
    dropTag: (name, tag) => dropTag(committing, name, tag),
    compact: async (name, request) => compact(await writing(), name, request),
    condense: async (name, request) => condense(await writing(), name, request),
    expire: (name, request) => expireSnapshots(committing, name, request),
    sweepOrphans: (name, { ageMsMin = 0 } = {}) => removeOrphans({ reader, holds, load: () => reader.load(name) }, ageMsMin),
    interrupt: async () => (await opening?.catch(() => undefined))?.interrupt(),
    async close() {
      const opened = await opening?.catch(() => undefined)
      opened?.close()
      await holds.close()
    },
  }
}

function removeFolder(folder: string): Promise<void> {
  return reporting(`remove ${folder}`, () => rm(folder, { recursive: true, force: true }))
}

interface OpenContext extends CommitContext {
  readonly warehouse: string
}
interface TableRequest {
  readonly fields: readonly Field[]
  readonly partitionByDay?: string
  readonly partitionBy?: readonly string[]
  readonly evolve?: boolean
}

/** Brings the columns of a table that is there to those asked for, where none has to go. */
async function evolveTo(context: OpenContext, known: LoadedTable, request: TableRequest): Promise<void> {
  const steps = stepsTo(fieldsOf(known.metadata, currentSchema(known.metadata)), request.fields)
  if (steps === undefined) return checkSame(known, request)
  if (steps.length > 0) await evolveSchema(context, known.name, { steps })
}

async function openTable(context: OpenContext, name: TableName, request: TableRequest): Promise<void> {
  const { catalog, reader, warehouse } = context
  const known = await reader.find(name)
  if (known !== undefined && request.evolve === true) return evolveTo(context, known, request)
  if (known !== undefined) return checkSame(known, request)
  checkNames([name.namespace, name.table])
  const folder = join(warehouse, name.namespace, name.table)
  const path = join(folder, 'metadata', `00000-${randomUUID()}.metadata.json`)
  await makeFolder(dirname(path))
  await makeFolder(join(folder, 'data'))
  await writeDurably(path, Buffer.from(printJson(newMetadata(folder, request))))
  await syncPath(dirname(path))
  if (await catalog.add(name, locationOf(path))) return
  await removeFiles([path])
  checkSame(await reader.load(name), request)
}

function newMetadata(folder: string, request: TableRequest): TableMetadata {
  const { schema, properties, lastId } = layoutOf(request.fields)
  const { spec, lastId: lastPartitionId } = partitionSpec(partitionTerms(request), {
    schema,
    specs: [],
    lastId: NO_PARTITION_ID,
    specId: 0,
  })
  return {
    'format-version': 2,
    'table-uuid': randomUUID(),
    location: locationOf(folder),
    'last-sequence-number': 0,
    'last-updated-ms': Date.now(),
    'last-column-id': lastId,
    'current-schema-id': 0,
    schemas: [schema],
    'default-spec-id': 0,
    'partition-specs': [spec],
    'last-partition-id': lastPartitionId,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  }
}

function partitionTerms({ partitionByDay, partitionBy }: TableRequest): readonly string[] {
  return partitionBy ?? (partitionByDay === undefined ? [] : [`day(${partitionByDay})`])
}

function checkSame({ name, metadata }: LoadedTable, request: TableRequest): void {
  const shown = (list: readonly Field[]) =>
    list.map(({ name: column, type, nullable }) => `${column} ${type}${nullable ? '' : ' not null'}`)
  const shownTerms = (terms: readonly string[]) => `by ${terms.length === 0 ? 'nothing' : terms.join(', ')}`
  const found = [...shown(fieldsOf(metadata, currentSchema(metadata))), shownTerms(termsOf(defaultSpec(metadata), metadata))]
  const asked = [...shown(request.fields), shownTerms(partitionTerms(request))]
  if (found.join() === asked.join()) return
  const differing = asked.filter((part) => !found.includes(part)).concat(found.filter((part) => !asked.includes(part)))
  throw userError(
    'lake/schema-differs',
    `Table \`${name.namespace}.${name.table}\` exists with other columns than asked for; they differ in ${differing.join(', ') || 'their order'}.`,
    {
      asked,
      found,
      do: 'Ask for the columns the table has, or drop the table first.',
    },
  )
}

function checkNames(names: readonly string[]): void {
  for (const name of names) {
    if (NAME.test(name)) continue
    throw userError(
      'lake/bad-name',
      `\`${name}\` cannot name a table or namespace: letters, digits, _, - and . are allowed, up to 200 of them.`,
      {
        asked: name,
        found: NAME.source,
        do: 'Choose another name.',
      },
    )
  }
}
