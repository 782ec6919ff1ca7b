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
  #session: Promise<Session> | undefined

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

  /** Gives up every hold. */
  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined)
    this.#held.clear()
    await session?.query('SELECT pg_advisory_unlock_all()').catch(() => undefined)
    this.#give(false)
  }

  async #tryTake(key: string): Promise<Release | undefined> {
    const session = await this.#enter(key)
    if (session === undefined) return NOTHING
    const { rows } = await session.query('SELECT pg_try_advisory_lock($1) AS free', [lockOf(key)])
    if (rows[0].free === true) return this.#releaseOf(key, session, 'pg_advisory_unlock')
    this.#leave(key)
    return undefined
  }

  async #take(key: string, lock: string, unlock: string): Promise<Release> {
    const session = await this.#enter(key)
    if (session === undefined) return NOTHING
    try {
      await session.query(`SELECT ${lock}($1)`, [lockOf(key)])
    } catch (error) {
      this.#leave(key)
      throw error
    }
    return this.#releaseOf(key, session, unlock)
  }

  #releaseOf(key: string, session: Session, unlock: string): Release {
    let isHeld = true
    return async () => {
      if (!isHeld || !this.#held.has(key)) return
      isHeld = false
      // A session that broke has lost its locks.
      await session.query(`SELECT ${unlock}($1)`, [lockOf(key)]).catch(() => undefined)
      this.#leave(key)
    }
  }

  /** Counts a hold before the session is waited for, so that nobody gives it back meanwhile. */
  async #enter(key: string): Promise<Session | undefined> {
    if (this.#pool.connect === undefined) return undefined
    this.#held.set(key, (this.#held.get(key) ?? 0) + 1)
    this.#session ??= this.#open(this.#pool.connect())
    try {
      return await this.#session
    } catch (error) {
      this.#held.clear()
      this.#session = undefined
      throw error
    }
  }

  async #open(connecting: Promise<Session>): Promise<Session> {
    const session = await connecting
    session.on('error', this.#onBroken)
    return session
  }

  /** A session that breaks takes its holds along; the next hold opens another. */
  #onBroken = (): void => {
    this.#held.clear()
    this.#give(true)
  }

  #give(broken: boolean): void {
    const session = this.#session
    this.#session = undefined
    session?.then(
      (one) => {
        one.off('error', this.#onBroken)
        one.release(broken)
      },
      () => undefined,
    )
  }

  /** Counts a hold off; the session goes back to the pool with the last one. */
  #leave(key: string): void {
    const known = this.#held.get(key)
    if (known === undefined) return
    const count = known - 1
    if (count > 0) this.#held.set(key, count)
    else this.#held.delete(key)
    if (this.#held.size === 0) this.#give(false)
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
