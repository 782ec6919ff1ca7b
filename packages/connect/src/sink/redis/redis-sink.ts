import type { Batch, Field } from '@millrace/columnar'
import { operatingError, userError } from '@millrace/core'
import { createClient, type RedisClientType, WatchError } from 'redis'
import type { Sink, SinkPartition, SinkSpan } from '../sink.ts'
import { redisHashes, redisKeys, redisTexts } from './redis-row.ts'

export interface RedisSinkOptions {
  /** Name of the sink; its positions are kept under it. */
  readonly name: string
  /** `redis://user:password@host:6379/0`, or `rediss://` */
  readonly url: string
  /** What the rows' keys begin with. */
  readonly prefix: string
  /** Columns that tell rows apart: a later row replaces an earlier one with the same values. */
  readonly key: readonly string[]
  /** A hash of the columns, or one JSON text. */
  readonly form: 'hash' | 'json'
  /** Time after which a row is forgotten; absent: never. */
  readonly ttlMs?: number
  readonly fields: readonly Field[]
}

const CONNECT_MS_MAX = 10_000
const COMMAND_MS_MAX = 30_000
const PROTOCOLS = ['redis:', 'rediss:']

/**
 * Keeps rows by key in Redis or what speaks its protocol. Rows and position are one transaction (`WATCH`, `MULTI`, `EXEC`), so a crash on
 * either side leaves neither a gap nor a row that is written twice. On a cluster keys of several slots are no transaction: one server is meant.
 *
 * @throws user `sink/bad-url`, `sink/unknown-key` from `open`; operating `sink/not-written`, `sink/position-moved`
 */
export class RedisSink implements Sink {
  readonly stableSpans = false
  readonly #options: RedisSinkOptions
  readonly #known = new Map<string, number>()
  #client: RedisClientType | undefined

  constructor(options: RedisSinkOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    await this.close()
    this.#checkDeclaration()
    const client: RedisClientType = createClient({
      url: this.#options.url,
      disableOfflineQueue: true,
      commandOptions: { timeout: COMMAND_MS_MAX },
      socket: { connectTimeout: CONNECT_MS_MAX, reconnectStrategy: false },
    })
    // A connection that ends between commands shows at the next one.
    client.on('error', () => {})
    this.#client = client
    await this.#asking('connect', () => client.connect())
  }

  async write(batch: Batch, at: SinkSpan): Promise<void> {
    const { prefix, key, form, ttlMs, name } = this.#options
    const before = (await this.position(at)) ?? 0
    const positionAt = positionKey(name, at)
    await this.#asking(`write ${batch.rows} rows of ${at.topic}`, async (client) => {
      await client.watch(positionAt)
      if (Number((await client.get(positionAt)) ?? 0) !== before) throw positionMoved(name, before)
      const transaction = client.multi()
      const keys = redisKeys(batch, prefix, key)
      const rows = form === 'json' ? redisTexts(batch) : redisHashes(batch)
      for (const [place, row] of lastRows(keys)) {
        const value = rows[row]
        if (typeof value === 'string') transaction.set(place, value)
        else putHash(transaction, place, value)
        if (ttlMs !== undefined) transaction.pExpire(place, ttlMs)
      }
      await transaction.set(positionAt, String(at.next)).exec()
    })
    this.#known.set(positionAt, at.next)
  }

  async settle(): Promise<void> {}

  async position(partition: SinkPartition): Promise<number | undefined> {
    const key = positionKey(this.#options.name, partition)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const text = await this.#asking('read its position', (client) => client.get(key))
    const position = Number(text ?? 0)
    this.#known.set(key, position)
    return position
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    this.#known.clear()
    client?.destroy()
  }

  #checkDeclaration(): void {
    const { name, url, key, fields } = this.#options
    const protocol = URL.parse(url)?.protocol
    if (protocol === undefined || !PROTOCOLS.includes(protocol)) {
      throw userError('sink/bad-url', `The address of sink \`${name}\` is not a Redis URL.`, {
        asked: 'a URL that begins with redis:// or rediss://',
        found: protocol ?? 'no URL',
        do: 'Give redis://user:password@host:6379/0.',
      })
    }
    const names = fields.map((field) => field.name)
    const unknown = key.find((column) => !names.includes(column))
    if (unknown === undefined && key.length > 0) return
    throw userError(
      'sink/unknown-key',
      `Sink \`${name}\` keeps rows by ${unknown === undefined ? 'no column' : `\`${unknown}\`, which they do not have`}.`,
      {
        asked: unknown ?? [],
        found: names,
        do: 'Name columns of the rows as `key`.',
      },
    )
  }

  async #asking<T>(action: string, ask: (client: RedisClientType) => Promise<T>): Promise<T> {
    const { name, prefix } = this.#options
    if (this.#client === undefined) throw operatingError('sink/closed', `Sink \`${name}\` is closed.`, { asked: action, found: 'closed' })
    try {
      return await ask(this.#client)
    } catch (error) {
      if (error instanceof WatchError) throw positionMoved(name, 'what it was')
      if (!(error instanceof Error) || 'family' in error) throw error
      const { code, message } = error as NodeJS.ErrnoException
      throw operatingError('sink/not-written', `Sink \`${name}\` could not ${action} (keys ${prefix}:…): ${message || code}.`, {
        asked: action,
        found: code ?? message,
        do: 'See that the server runs and takes these rows; it is tried again until then.',
        cause: error,
      })
    }
  }
}

/** A row of nothing but nulls is no hash: Redis keeps none without fields. */
function putHash(transaction: ReturnType<RedisClientType['multi']>, key: string, hash: Readonly<Record<string, string>>): void {
  transaction.del(key)
  if (Object.keys(hash).length > 0) transaction.hSet(key, hash)
}

/** The last row of each key, in the order of keys. */
function lastRows(keys: readonly string[]): Map<string, number> {
  const last = new Map<string, number>()
  for (const [row, key] of keys.entries()) last.set(key, row)
  return last
}

function positionKey(name: string, { log, topic, partition }: SinkPartition): string {
  return `millrace:sink:${name}:${log}:${topic}:${partition}`
}

function positionMoved(name: string, before: unknown): Error {
  return operatingError('sink/position-moved', `Another process writes sink \`${name}\`: its position is not ${before} any more.`, {
    asked: before,
    found: 'another position',
    do: 'Let one process write it, or give one of the two sinks another name.',
  })
}
