import { closest, type Snapshot, userError } from '@millrace/core'
import { CLOSING_KEY, type TableDescription } from '@millrace/lake'
import { printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { type ReadContext, type ReadOptions, tableName, withReadContext } from '../scope/open-scope.ts'

interface DescribedTable {
  readonly table: string
  readonly description: TableDescription
}

/** Prints what the tables of a scope are made of: one line each, or everything of one. */
export async function tablesCommand(options: ReadOptions, name: string | undefined): Promise<void> {
  const { namespace, described } = await withReadContext(options, async (context) => ({
    namespace: context.scope.namespace,
    described: await describeAll(context, name),
  }))
  if (name !== undefined) {
    const [table] = described
    return options.json === true ? printJson({ namespace, ...tableDocument(table) }) : printText(tableText(table))
  }
  if (options.json === true) return printJson({ namespace, tables: described.map(lineDocument) })
  printText(overview(described))
}

async function describeAll(context: ReadContext, name: string | undefined): Promise<DescribedTable[]> {
  const names = name === undefined ? await context.lake.tables(context.scope.namespace) : [await knownTable(context, name)]
  return Promise.all(names.map(async (table) => ({ table, description: await context.lake.describe(tableName(context.scope, table)) })))
}

/** @throws `lake/unknown-table` */
export async function knownTable({ lake, scope }: ReadContext, name: string): Promise<string> {
  const found = await lake.tables(scope.namespace)
  if (found.includes(name)) return name
  const near = closest(name, found)
  throw userError('lake/unknown-table', `There is no table \`${name}\` here${near === undefined ? '.' : `; did you mean \`${near}\`?`}`, {
    asked: name,
    found,
    do: found.length === 0 ? 'Run the project first: it has no tables yet.' : 'Name one of the tables found.',
  })
}

function lineDocument({ table, description }: DescribedTable): object {
  const { current, files, snapshots, specs, tags } = description
  return {
    table,
    snapshots: snapshots.length,
    files: files.count,
    rows: current?.rows ?? 0,
    bytes: files.bytes,
    committed_at: current === undefined ? null : time(current.at),
    partition_by: specs.find((spec) => spec.current)?.by ?? [],
    tags: tags.map((tag) => tag.name),
  }
}

function tableDocument(table: DescribedTable): object {
  const { description } = table
  return {
    ...lineDocument(table),
    location: description.location,
    columns: description.columns.map(({ id, name, type, nullable }) => ({ id, name, type, nullable })),
    partition_specs: description.specs,
    file_bytes: { min: description.files.min, median: description.files.median, max: description.files.max },
    current_snapshot: description.current === undefined ? null : String(description.current.id),
    tags: description.tags.map(({ name, snapshotId }) => ({ name, snapshot: String(snapshotId) })),
    snapshots: description.snapshots.map(snapshotDocument),
  }
}

function snapshotDocument(snapshot: Snapshot): object {
  return {
    id: String(snapshot.id),
    parent: snapshot.parentId === undefined ? null : String(snapshot.parentId),
    at: time(snapshot.at),
    operation: snapshot.operation,
    rows: snapshot.rows,
    files: count(snapshot, 'total-data-files'),
    bytes: count(snapshot, 'total-files-size'),
    added_rows: count(snapshot, 'added-records') ?? 0,
    deleted_rows: count(snapshot, 'deleted-records') ?? 0,
    positions: snapshot.positions,
    provisional: snapshot.summary[CLOSING_KEY] === 'true',
  }
}

/** A figure of the summary, which other writers may leave out. */
function count({ summary }: Snapshot, key: string): number | null {
  return summary[key] === undefined ? null : Number(summary[key])
}

function overview(tables: readonly DescribedTable[]): string {
  if (tables.length === 0) return 'There are no tables yet.'
  const rows = tables.map(({ table, description: { current, files, snapshots, specs, tags } }) => [
    table,
    snapshots.length,
    files.count,
    current?.rows ?? 0,
    files.bytes,
    current === undefined ? null : time(current.at),
    specs.find((spec) => spec.current)?.by.join(', ') ?? '',
    tags.map((tag) => tag.name).join(', '),
  ])
  return textTable(['table', 'snapshots', 'files', 'rows', 'bytes', 'committed', 'partitioned by', 'tags'], rows)
}

/** Snapshots that the text shows; the document has all. */
const SNAPSHOTS_SHOWN_MAX = 20

function tableText({ table, description }: DescribedTable): string {
  const { columns, specs, tags, snapshots, files } = description
  const tagsOf = (id: number) => tags.flatMap((tag) => (tag.snapshotId === id ? [tag.name] : [])).join(', ')
  const latest = snapshots.toReversed().slice(0, SNAPSHOTS_SHOWN_MAX)
  const hidden = snapshots.length - latest.length
  return [
    `${table} at ${description.location}`,
    textTable(
      ['id', 'column', 'type', 'nullable'],
      columns.map(({ id, name, type, nullable }) => [id, name, type, nullable ? 'yes' : 'no']),
    ),
    textTable(
      ['spec', 'partitioned by', 'files', 'for new files'],
      specs.map((spec) => [spec.id, spec.by.join(', ') || 'nothing', spec.files, spec.current ? 'yes' : 'no']),
    ),
    textTable(['files', 'bytes', 'smallest', 'median', 'greatest'], [[files.count, files.bytes, files.min, files.median, files.max]]),
    textTable(
      ['snapshot', 'committed', 'operation', 'rows', 'added', 'deleted', 'tags'],
      latest.map((one) => [
        String(one.id),
        time(one.at),
        one.summary[CLOSING_KEY] === 'true' ? `${one.operation} (provisional)` : one.operation,
        one.rows,
        count(one, 'added-records') ?? 0,
        count(one, 'deleted-records') ?? 0,
        tagsOf(one.id),
      ]),
    ) + (hidden > 0 ? `\n${hidden} older ones are in --json` : ''),
  ].join('\n\n')
}

function time(at: number): string {
  return new Date(at).toISOString()
}
