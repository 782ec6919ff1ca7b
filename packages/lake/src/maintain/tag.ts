import { randomUUID } from 'node:crypto'
import { type TableName, userError } from '@millrace/core'
import { type CommitContext, commitChange } from '../commit/table-commit.ts'
import { currentEntry, type SnapshotRef, type TableMetadata, withUpdate } from '../format/table-metadata.ts'
import { type LoadedTable, snapshotEntry } from '../table-reader.ts'

const TAG = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/
/** Tags that a table may have. */
const TAGS_MAX = 1_000

export interface Tag {
  readonly name: string
  readonly snapshotId: number
}

/** The tags of a table by name. */
export function tagsIn(metadata: TableMetadata): Tag[] {
  return Object.entries(metadata.refs ?? {})
    .flatMap(([tag, ref]) => (ref.type === 'tag' ? [{ name: tag, snapshotId: Number(ref['snapshot-id']) }] : []))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Names a snapshot, the current one where none is given. @throws `lake/bad-tag`, `lake/tag-exists`, `lake/unknown-snapshot` */
export async function addTag(context: CommitContext, name: TableName, request: { tag: string; snapshotId?: number }): Promise<Tag> {
  const { tag, snapshotId } = request
  if (!TAG.test(tag)) throw badTag(tag)
  return changeRefs(context, name, (table) => {
    const refs = table.metadata.refs ?? {}
    if (refs[tag] !== undefined) throw tagExists(tag, refs[tag])
    if (Object.keys(refs).length > TAGS_MAX) throw tooMany(table)
    const entry = snapshotId === undefined ? currentEntry(table.metadata) : snapshotEntry(table, snapshotId)
    if (entry === undefined) throw nothingToTag(table)
    const id = entry['snapshot-id']
    return { refs: { ...refs, [tag]: { 'snapshot-id': id, type: 'tag' } }, result: { name: tag, snapshotId: Number(id) } }
  })
}

/** Forgets a tag; its snapshot stays until it expires. @throws `lake/unknown-tag` */
export async function dropTag(context: CommitContext, name: TableName, tag: string): Promise<Tag> {
  return changeRefs(context, name, ({ metadata }) => {
    const { [tag]: ref, ...refs } = metadata.refs ?? {}
    if (ref?.type !== 'tag') throw unknownTag(tag, metadata.refs ?? {})
    return { refs, result: { name: tag, snapshotId: Number(ref['snapshot-id']) } }
  })
}

type Refs = Readonly<Record<string, SnapshotRef>>

async function changeRefs(
  context: CommitContext,
  name: TableName,
  change: (table: LoadedTable) => { readonly refs: Refs; readonly result: Tag },
): Promise<Tag> {
  const base = await context.reader.load(name)
  return commitChange(context, {
    uuid: randomUUID(),
    base,
    check: () => {},
    build: async (table) => {
      const { refs, result } = change(table)
      return { metadata: withUpdate(table.metadata, { refs }, table.location), result, made: [] }
    },
    files: [],
  })
}

function badTag(tag: string): Error {
  return userError(
    'lake/bad-tag',
    `\`${tag}\` cannot name a tag: a letter or _ comes first, then letters, digits, _, - and . up to 128 in all.`,
    {
      asked: tag,
      found: TAG.source,
      do: 'Choose another name; one of digits alone would look like a snapshot.',
    },
  )
}

function tagExists(tag: string, ref: SnapshotRef): Error {
  return userError('lake/tag-exists', `There is a ${ref.type} \`${tag}\` already; it names snapshot ${ref['snapshot-id']}.`, {
    asked: tag,
    found: String(ref['snapshot-id']),
    do: 'Choose another name, or drop the tag first.',
  })
}

export function unknownTag(tag: string, refs: Refs): Error {
  const found = Object.keys(refs)
  return userError(
    'lake/unknown-tag',
    `There is no tag \`${tag}\`; there ${found.length === 1 ? 'is' : 'are'} ${found.join(', ') || 'none'}.`,
    {
      asked: tag,
      found,
      do: 'Use one of the names found, or the id of a snapshot.',
    },
  )
}

function nothingToTag({ name }: LoadedTable): Error {
  return userError('lake/unknown-snapshot', `Table \`${name.namespace}.${name.table}\` has no snapshot yet that a tag could name.`, {
    asked: 'the current snapshot',
    found: [],
    do: 'Bring rows into the table first.',
  })
}

function tooMany({ name }: LoadedTable): Error {
  return userError('lake/too-many-tags', `Table \`${name.namespace}.${name.table}\` has ${TAGS_MAX} tags, which is the most it may have.`, {
    asked: TAGS_MAX + 1,
    found: TAGS_MAX,
    do: 'Drop tags that are not needed any more.',
  })
}
