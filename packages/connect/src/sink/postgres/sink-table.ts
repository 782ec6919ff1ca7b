import type { Field } from '@millrace/columnar'
import { type MillraceError, userError } from '@millrace/core'
import type pg from 'pg'
import { canBeKey, columnType, takesType } from './column-type.ts'

/** A table that rows of `fields` go to, told apart by `key`; with an empty key each row is a new one. */
export interface TableShape {
  readonly schema: string
  readonly table: string
  readonly fields: readonly Field[]
  readonly key: readonly string[]
}

const NULLS_NOT_DISTINCT_VERSION = 150_000

interface FoundColumn {
  readonly name: string
  readonly type: string
  readonly needed: boolean
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quotedTable({ schema, table }: Pick<TableShape, 'schema' | 'table'>): string {
  return `${quoted(schema)}.${quoted(table)}`
}

/** Refuses keys that are no columns, and such as PostgreSQL cannot compare. */
export function checkDeclaration(sink: string, { fields, key }: TableShape): void {
  const names = fields.map((field) => field.name)
  const unknown = key.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw refused('unknown-key', `Sink \`${sink}\` tells rows apart by \`${unknown}\`; its columns are ${names.join(', ')}.`, {
      asked: key,
      found: names,
      do: 'Name columns that together are different for each row.',
    })
  const odd = fields.find(({ name, type }) => key.includes(name) && !canBeKey(type))
  if (odd !== undefined)
    throw refused('unsupported-type', `Sink \`${sink}\` cannot tell rows apart by column \`${odd.name}\` of type ${odd.type}.`, {
      asked: odd,
      found: odd.type,
      do: 'Name other columns as key, or cast it to a string.',
    })
}

/** Makes the table where it is missing; refuses one that cannot take the rows. */
export async function ensureTable(client: pg.Client, sink: string, shape: TableShape): Promise<void> {
  const version = Number((await client.query<{ v: string }>(`select current_setting('server_version_num') as v`)).rows[0].v)
  const nullable = shape.key.filter((name) => shape.fields.find((field) => field.name === name)?.nullable)
  if (nullable.length > 0 && version < NULLS_NOT_DISTINCT_VERSION)
    throw refused(
      'nullable-key',
      `Sink \`${sink}\` has the key column \`${nullable[0]}\`, which may be null; the server is older than PostgreSQL 15 and cannot keep such rows apart.`,
      {
        asked: shape.key,
        found: version,
        do: 'Use a newer server, or a key without nulls.',
      },
    )
  await client.query(createStatement(shape, nullable.length > 0)).catch((error: NodeJS.ErrnoException) => {
    // Two that create the same table at the same moment: the second finds the first's row in the catalogue.
    if (error.code !== '23505' && error.code !== '42P07') throw error
  })
  checkColumns(sink, shape, await foundColumns(client, shape))
  if (shape.key.length > 0 && !(await isUnique(client, shape, nullable.length > 0)))
    throw refused(
      'key-not-unique',
      `Table ${shape.table} has no unique index over exactly (${shape.key.join(', ')}), by which sink \`${sink}\` tells rows apart.`,
      {
        asked: shape.key,
        found: 'no such index',
        do: `create unique index on ${quotedTable(shape)} (${shape.key.map(quoted).join(', ')})${nullable.length > 0 ? ' nulls not distinct' : ''}`,
      },
    )
}

function createStatement(shape: TableShape, nullableKey: boolean): string {
  const columns = shape.fields.map(({ name, type, nullable }) => `${quoted(name)} ${columnType(type)}${nullable ? '' : ' not null'}`)
  const key = `(${shape.key.map(quoted).join(', ')})`
  const unique = nullableKey ? `unique nulls not distinct ${key}` : `primary key ${key}`
  return `create table if not exists ${quotedTable(shape)} (${(shape.key.length === 0 ? columns : [...columns, unique]).join(', ')})`
}

async function foundColumns(client: pg.Client, { schema, table }: TableShape): Promise<FoundColumn[]> {
  const { rows } = await client.query<FoundColumn>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
       a.attnotnull and not a.atthasdef and a.attidentity = '' as needed
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [schema, table],
  )
  return rows
}

/** Columns beyond ours are welcome as long as a row can be written without them. */
function checkColumns(sink: string, shape: TableShape, found: readonly FoundColumn[]): void {
  const ours = new Map(shape.fields.map(({ name, type }) => [name, columnType(type)]))
  const wrong = shape.fields.flatMap(({ name, type }) => {
    const column = found.find((one) => one.name === name)
    if (column === undefined) return [`\`${name}\` ${columnType(type)} is missing`]
    return takesType(column.type, type) ? [] : [`\`${name}\` is ${column.type} in place of ${columnType(type)}`]
  })
  const further = found
    .filter((one) => one.needed && !ours.has(one.name))
    .map((one) => `\`${one.name}\` must be given, and the sink has no such column`)
  const differences = [...wrong, ...further]
  if (differences.length === 0) return
  throw refused('columns-differ', `Table ${shape.table} cannot take the rows of sink \`${sink}\`: ${differences.join('; ')}.`, {
    asked: Object.fromEntries(ours),
    found: Object.fromEntries(found.map(({ name, type }) => [name, type])),
    do: 'Alter the table, or name another one: a missing table is made.',
  })
}

async function isUnique(client: pg.Client, shape: TableShape, nullableKey: boolean): Promise<boolean> {
  const { rows } = await client.query<{ names: string[]; index: Record<string, unknown> }>(
    `select to_jsonb(i) as index, (select array_agg(a.attname::text order by a.attname) from pg_attribute a
       where a.attrelid = i.indrelid and a.attnum = any(i.indkey::int2[])) as names
     from pg_index i where i.indrelid = $1::regclass and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null`,
    [quotedTable(shape)],
  )
  const key = JSON.stringify([...new Set(shape.key)].sort())
  return rows.some(({ names, index }) => JSON.stringify([...names].sort()) === key && (!nullableKey || index.indnullsnotdistinct === true))
}

function refused(fact: string, message: string, facts: Parameters<typeof userError>[2]): MillraceError {
  return userError(`sink/${fact}`, message, facts)
}
