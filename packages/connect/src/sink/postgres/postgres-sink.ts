import type { Batch, Field } from '@millrace/columnar'
import { operatingError, userError } from '@millrace/core'
import pg from 'pg'
import type { Sink, SinkPartition, SinkSpan } from '../sink.ts'
import { checkDeclaration, ensureTable, quotedTable, type TableShape } from './sink-table.ts'
import { upsertStatements } from './upsert.ts'

export interface PostgresSinkOptions {
  /** Name of the sink; its positions are kept under it. */
  readonly name: string
  /** `postgresql://user:password@host:5432/database` */
  readonly url: string
  /** `public` when left out. */
  readonly schema?: string
  readonly table: string
  readonly fields: readonly Field[]
  /** Columns that tell rows apart: a later row replaces an earlier one with the same values. Empty: every row is a new one. */
  readonly key: readonly string[]
}

const CONNECT_MS_MAX = 10_000
const STATEMENT_MS_MAX = 30_000
/** A locked table is said to be one, and tried again. */
const LOCK_MS_MAX = 5_000
const POSITIONS_TABLE = 'millrace_sink_positions'

/**
 * Upserts rows into a table of the user's database. Rows and position are one transaction there, so a crash on either side leaves
 * neither a gap nor a row that is written twice.
 *
 * @throws user `sink/bad-url`, `sink/unknown-key`, `sink/unsupported-type`, `sink/columns-differ`, `sink/key-not-unique`,
 * `sink/nullable-key` from `open`; operating `sink/not-written`, `sink/position-moved`
 */
export class PostgresSink implements Sink {
  readonly stableSpans = false
  readonly #options: PostgresSinkOptions
  readonly #shape: TableShape
  readonly #known = new Map<string, number>()
  #client: pg.Client | undefined

  constructor(options: PostgresSinkOptions) {
    this.#options = options
    this.#shape = { schema: options.schema ?? 'public', table: options.table, fields: options.fields, key: options.key }
  }

  async open(): Promise<void> {
    await this.close()
    checkDeclaration(this.#options.name, this.#shape)
    const client = this.#newClient()
    this.#client = client
    // A connection that ends between statements shows at the next one.
    client.on('error', () => {})
    await this.#asking('open', async () => {
      await client.connect()
      await ensureTable(client, this.#options.name, this.#shape)
      await client.query(`create table if not exists ${this.#positions()} (sink text, log text, topic text, partition integer, next bigint not null,
        primary key (sink, log, topic, partition))`)
    })
  }

  async write(batch: Batch, at: SinkSpan): Promise<void> {
    await this.#asking(`write ${batch.rows} rows of ${at.topic}`, async (client) => {
      await client.query('begin')
      try {
        await this.#move(client, at)
        for (const { text, values } of upsertStatements(batch, this.#shape)) await client.query(text, values)
        await client.query('commit')
      } catch (error) {
        await client.query('rollback').catch(() => {})
        throw error
      }
    })
    this.#known.set(keyOf(at), at.next)
  }

  async settle(): Promise<void> {}

  async position(partition: SinkPartition): Promise<number | undefined> {
    const known = this.#known.get(keyOf(partition))
    if (known !== undefined) return known
    const { log, topic } = partition
    const { rows } = await this.#asking('read its position', (client) =>
      client.query<{ next: string }>(
        `select next from ${this.#positions()} where sink = $1 and log = $2 and topic = $3 and partition = $4`,
        [this.#options.name, log, topic, partition.partition],
      ),
    )
    const position = Number(rows[0]?.next ?? 0)
    this.#known.set(keyOf(partition), position)
    return position
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    this.#known.clear()
    await client?.end()
  }

  /** Moves the position, only from where this sink last saw it: of two writers one fails. */
  async #move(client: pg.Client, at: SinkSpan): Promise<void> {
    const before = (await this.position(at)) ?? 0
    const { rowCount } = await client.query(
      `insert into ${this.#positions()} as p values ($1, $2, $3, $4, $5)
       on conflict (sink, log, topic, partition) do update set next = excluded.next where p.next = $6`,
      [this.#options.name, at.log, at.topic, at.partition, at.next, before],
    )
    if (rowCount === 1) return
    throw operatingError(
      'sink/position-moved',
      `Another process writes sink \`${this.#options.name}\`: its position is not ${before} any more.`,
      {
        asked: before,
        found: 'another position',
        do: 'Let one process write it, or give one of the two sinks another name.',
      },
    )
  }

  #positions(): string {
    return quotedTable({ schema: this.#shape.schema, table: POSITIONS_TABLE })
  }

  #newClient(): pg.Client {
    const { name, url } = this.#options
    if (!['postgres:', 'postgresql:'].includes(URL.parse(url)?.protocol ?? ''))
      throw userError('sink/bad-url', `The address of sink \`${name}\` is not a PostgreSQL URL.`, {
        asked: 'a URL that begins with postgresql://',
        found: URL.parse(url)?.protocol ?? 'no URL',
        do: 'Give postgresql://user:password@host:5432/database.',
      })
    return new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_MS_MAX,
      statement_timeout: STATEMENT_MS_MAX,
      lock_timeout: LOCK_MS_MAX,
      query_timeout: STATEMENT_MS_MAX * 2,
      keepAlive: true,
      application_name: `millrace sink ${name}`,
    })
  }

  async #asking<T>(action: string, ask: (client: pg.Client) => Promise<T>): Promise<T> {
    const { name, table } = this.#options
    if (this.#client === undefined) throw operatingError('sink/closed', `Sink \`${name}\` is closed.`, { asked: action, found: 'closed' })
    try {
      return await ask(this.#client)
    } catch (error) {
      if (!(error instanceof Error) || 'family' in error) throw error
      const { code, message } = error as NodeJS.ErrnoException
      throw operatingError('sink/not-written', `Sink \`${name}\` could not ${action} (table ${table}): ${message || code}.`, {
        asked: action,
        found: code ?? message,
        do: 'See that the server runs and takes these rows; it is tried again until then.',
        cause: error,
      })
    }
  }
}

function keyOf({ log, topic, partition }: SinkPartition): string {
  return `${log}/${topic}/${partition}`
}
