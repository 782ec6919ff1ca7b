import { createHash } from 'node:crypto'
import type { Queryable, Session } from '../catalog.ts'

/** Gives up what was held; harmless when done twice. */
export type Release = () => Promise<void>

const NOTHING: Release = async () => {}

/**
 * Holds on snapshots that are read and on files of commits under way, as PostgreSQL's advisory locks: whoever expires snapshots or removes
 * files sees the holds of every process, and those of a process that dies are gone with its connection. They need a session of their own
 * (no pooler that shares sessions between transactions). With a pool that offers none, nothing is held and nothing counts as held.
 */
export class HoldKeeper {
  readonly #pool: Queryable
  readonly #held = new Map<string, number>()
  #session: Promise<Session | undefined> | undefined

  constructor(pool: Queryable) {
    this.#pool = pool
  }

  /** Holds `key` together with others; waits while someone has it for itself. */
  hold(key: string): Promise<Release> {
    return this.#take(key, 'pg_advisory_lock_shared', 'pg_advisory_unlock_shared')
  }

  /** Whether anybody holds `key`, this process included. */
  async isHeld(key: string): Promise<boolean> {
    if (this.#held.has(key)) return true
    if (this.#pool.connect === undefined) return false
    const { rows } = await this.#pool.query('SELECT pg_try_advisory_xact_lock($1) AS free', [lockOf(key)])
    return rows[0].free !== true
  }

  /** Takes those keys for itself that nobody holds: until they are released nobody else gets hold of them. */
  async takeFree(keys: readonly string[]): Promise<{ readonly free: ReadonlySet<string>; readonly release: Release }> {
    const free = new Set<string>()
    const releases: Release[] = []
    for (const key of keys) {
      if (this.#held.has(key)) continue
      const release = await this.#tryTake(key)
      if (release === undefined) continue
      free.add(key)
      releases.push(release)
    }
    return {
      free,
      release: async () => {
        for (const release of releases) await release()
      },
    }
  }

  async #tryTake(key: string): Promise<Release | undefined> {
    const session = await this.#open()
    if (session === undefined) return NOTHING
    this.#count(key, 1)
    const { rows } = await session.query('SELECT pg_try_advisory_lock($1) AS free', [lockOf(key)])
    if (rows[0].free === true) return this.#releaseOf(key, session, 'pg_advisory_unlock')
    await this.#drop(key, session)
    return undefined
  }

  async #take(key: string, lock: string, unlock: string): Promise<Release> {
    const session = await this.#open()
    if (session === undefined) return NOTHING
    this.#count(key, 1)
    try {
      await session.query(`SELECT ${lock}($1)`, [lockOf(key)])
    } catch (error) {
      await this.#drop(key, session)
      throw error
    }
    return this.#releaseOf(key, session, unlock)
  }

  #releaseOf(key: string, session: Session, unlock: string): Release {
    let isHeld = true
    return async () => {
      if (!isHeld) return
      isHeld = false
      // A session that broke has lost its locks.
      await session.query(`SELECT ${unlock}($1)`, [lockOf(key)]).catch(() => undefined)
      await this.#drop(key, session)
    }
  }

  #open(): Promise<Session | undefined> {
    this.#session ??= this.#pool.connect === undefined ? Promise.resolve(undefined) : this.#pool.connect()
    this.#session.catch(() => {
      this.#session = undefined
    })
    return this.#session
  }

  #count(key: string, by: 1 | -1): void {
    const count = (this.#held.get(key) ?? 0) + by
    if (count === 0) this.#held.delete(key)
    else this.#held.set(key, count)
  }

  /** Counts a hold off; the session goes back to the pool with the last one. */
  async #drop(key: string, session: Session): Promise<void> {
    this.#count(key, -1)
    if (this.#held.size > 0) return
    this.#session = undefined
    session.release()
  }
}

/** The hold of whoever reads a snapshot. */
export function snapshotHold(tableUuid: string, snapshotId: number | bigint): string {
  return `snapshot ${tableUuid} ${snapshotId}`
}

/** The hold of a commit on the files whose names carry its uuid. */
export function commitHold(uuid: string): string {
  return `commit ${uuid}`
}

/** A 64-bit number for a key; two keys of one number would only wait for each other. */
function lockOf(key: string): string {
  return createHash('sha256').update(`millrace.lake ${key}`).digest().readBigInt64BE(0).toString()
}
