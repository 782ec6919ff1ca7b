import { operatingError } from '@millrace/core'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { parseJson } from './json.ts'
import { migrate } from './migration/index.ts'
import { joinServer, type Membership, markKept, type ServerStatus, serverStatus, stopForAll } from './postgres/membership.ts'
import type { StoreSchema } from './schema.ts'

export interface StoreOptions {
  /** The project's state folder; made when missing. */
  readonly stateDir: string
  /** A PostgreSQL server (14 or newer) to use in place of the embedded one, e.g. `postgresql://user:password@host:5432/name`. */
  readonly databaseUrl?: string
}

/** An open store: control data in PostgreSQL. */
export interface Store {
  /** With user and password. */
  readonly url: string
  readonly pool: pg.Pool
  readonly db: Kysely<StoreSchema>
  /** Leaves; the last one to leave an embedded server stops it, unless `startServices` keeps it. */
  close(): Promise<void>
}

const poolClientsMax = 10
const connectMsMax = 10_000
const idleMsMax = 10_000
const connectTriesMax = 3

/** What a server answers while it comes up or goes down, or when it has just gone. */
const goneCodes = ['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']

/**
 * Opens the store of a state folder, starting its embedded server if none runs, and brings its tables up to date.
 *
 * @throws operating `store/cannot-connect`, `store/server-failed`, `store/migration-failed`, `state/not-writable` …
 * @example
 * const store = await openStore({ stateDir: '.millrace' })
 * await store.db.selectFrom('iceberg_tables').selectAll().execute()
 * await store.close()
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  if (options.databaseUrl !== undefined) return connect(options.databaseUrl, checkUrl(options.databaseUrl))
  const membership = joinServer(options.stateDir)
  try {
    const store = await connectAsMember(membership)
    let closing: Promise<void> | undefined
    return { ...store, close: () => (closing ??= store.close().finally(() => membership.leave())) }
  } catch (error) {
    await membership.leave()
    throw error
  }
}

/** Starts what the state folder needs and leaves it running until `stopServices`. */
export async function startServices(options: StoreOptions): Promise<{ url: string }> {
  const store = await openStore(options)
  if (options.databaseUrl === undefined) markKept(options.stateDir, true)
  await store.close()
  return { url: store.url }
}

/**
 * Stops the embedded server, also while others use it (their next query fails); `users` are the pids of those.
 * `stopped` is false when none ran.
 */
export async function stopServices(options: { stateDir: string }): Promise<{ stopped: boolean; users: number[] }> {
  return stopForAll(options.stateDir)
}

/** What runs for a state folder; looks only. */
export async function servicesStatus(options: { stateDir: string }): Promise<ServerStatus> {
  return serverStatus(options.stateDir)
}

/** The server may be stopping, or be killed, just as we come: then we look again. */
async function connectAsMember(membership: Membership): Promise<Store> {
  for (let tries = 1; ; tries++) {
    const url = await membership.url(tries > 1)
    try {
      return await connect(url, checkUrl(url))
    } catch (error) {
      const code = (error as { facts?: { found?: unknown } }).facts?.found
      if (tries === connectTriesMax || !goneCodes.includes(String(code))) throw error
    }
  }
}

async function connect(url: string, shownUrl: string): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolClientsMax,
    connectionTimeoutMillis: connectMsMax,
    idleTimeoutMillis: idleMsMax,
    allowExitOnIdle: true,
    application_name: 'millrace',
    types: { getTypeParser: typeParser },
  })
  // An idle client that loses its server is dropped by the pool; the next query connects anew, and fails if it must.
  pool.on('error', () => {})
  const db = new Kysely<StoreSchema>({ dialect: new PostgresDialect({ pool }) })
  let closing: Promise<void> | undefined
  const close = () => (closing ??= db.destroy())
  try {
    const client = await pool.connect().catch((error: unknown) => {
      throw cannotConnect(shownUrl, error)
    })
    client.release()
    await migrate(db, shownUrl)
    return { url, pool, db, close }
  } catch (error) {
    await close()
    throw error
  }
}

function cannotConnect(shownUrl: string, error: unknown) {
  const { code, message } = error as NodeJS.ErrnoException
  return operatingError('store/cannot-connect', `Cannot connect to PostgreSQL at ${shownUrl}: ${message || code}.`, {
    asked: shownUrl,
    found: code ?? message,
    do: 'Check host, port, database, user and password of --database, and that the server runs.',
    cause: error,
  })
}

/** The URL without its password and parameters, for messages. */
function checkUrl(url: string): string {
  const parsed = URL.parse(url)
  if (parsed !== null && ['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    return `${parsed.protocol}//${parsed.username === '' ? '' : `${parsed.username}@`}${parsed.host}${parsed.pathname}`
  }
  throw operatingError('store/bad-url', 'The value of --database is not a PostgreSQL URL.', {
    asked: parsed === null ? 'not a URL' : `${parsed.protocol}//…`,
    found: 'no postgresql:// URL',
    do: 'Write postgresql://user:password@host:5432/database.',
  })
}

function typeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (format === 'binary') return pg.types.getTypeParser(oid, 'binary')
  if (oid === pg.types.builtins.INT8) return exactNumber
  if (oid === pg.types.builtins.JSONB || oid === pg.types.builtins.JSON) return parseJson
  return pg.types.getTypeParser(oid, 'text')
}

function exactNumber(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}
