import { type FSWatcher, watch } from 'node:fs'
import { resolve } from 'node:path'
import { FileFollower, type FileFollowerOptions, type FollowEvent } from './file-follower.ts'
import type { FollowPositions } from './file-position.ts'

const POLL_MS = 100
const RESCAN_MS = 1000
const WATCHES_MAX = 128
/** Wakes that come together are served by one look. */
const COALESCE_MS = 5

export interface FollowFilesOptions extends FileFollowerOptions {
  /** Longest time between two looks, in ms; 100 when absent. The system's notifications shorten it. */
  readonly pollMs?: number
  /** Ends the following. */
  readonly signal?: AbortSignal
}

/** Events that belong together, and what is consumed once all of them are: both go into one transaction. */
export interface FollowStep {
  readonly events: readonly FollowEvent[]
  readonly positions: FollowPositions
}

/**
 * Follows files until `signal` aborts. The next step is made when the caller asks for it, so a slow caller gets greater
 * steps (at most 8 MiB) and no queue grows.
 *
 * @example
 * for await (const { events, positions } of followFiles({ patterns: ['logs/*.log'], cwd, from: committed, signal })) commit(events, positions)
 */
export async function* followFiles(options: FollowFilesOptions): AsyncGenerator<FollowStep> {
  const follower = new FileFollower(options)
  const alarm = new Alarm(options)
  try {
    while (options.signal?.aborted !== true) {
      const rescan = alarm.takeRescan()
      const { events, more } = follower.step(rescan)
      if (rescan) alarm.watchFolders(follower.folders)
      if (events.length > 0) yield { events, positions: follower.positions() }
      if (!more) await alarm.wait()
    }
  } finally {
    alarm.close()
    follower.close()
  }
}

/** Says when to look again: at a notification of the system, or when the time is over. Notifications are only hints. */
class Alarm {
  readonly #pollMs: number
  readonly #signal: AbortSignal | undefined
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #fixedFolders: string[]
  #rescan = true
  #scannedAt = 0
  #woken = false
  #wake = () => {}

  constructor(options: FollowFilesOptions) {
    this.#pollMs = options.pollMs ?? POLL_MS
    this.#signal = options.signal
    this.#fixedFolders = options.patterns.map((pattern) => resolve(options.cwd, folderOf(pattern)))
    this.#signal?.addEventListener('abort', this.#onAbort)
  }

  /** Whether it is time to look at the globs too. */
  takeRescan(): boolean {
    const now = Date.now()
    const rescan = this.#rescan || now - this.#scannedAt >= RESCAN_MS
    this.#rescan = false
    if (rescan) this.#scannedAt = now
    return rescan
  }

  watchFolders(folders: readonly string[]): void {
    const wanted = new Set([...this.#fixedFolders, ...folders].slice(0, WATCHES_MAX))
    for (const [folder, watcher] of this.#watchers) if (!wanted.has(folder)) this.#unwatch(folder, watcher)
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#watch(folder)
  }

  async wait(): Promise<void> {
    await this.#sleep(this.#woken ? 0 : this.#pollMs)
    if (this.#signal?.aborted !== true && this.#woken) await new Promise((done) => setTimeout(done, COALESCE_MS))
    this.#woken = false
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
    for (const [folder, watcher] of this.#watchers) this.#unwatch(folder, watcher)
  }

  #sleep(ms: number): Promise<void> {
    if (ms === 0 || this.#signal?.aborted === true) return Promise.resolve()
    return new Promise((done) => {
      const timer = setTimeout(done, ms)
      this.#wake = () => {
        clearTimeout(timer)
        done()
      }
    })
  }

  /** A folder that cannot be watched (missing, or out of watches) is looked at by time alone. */
  #watch(folder: string): void {
    try {
      const watcher = watch(folder, (event) => this.#notice(event))
      watcher.on('error', () => this.#unwatch(folder, watcher))
      this.#watchers.set(folder, watcher)
    } catch {
      this.#watchers.delete(folder)
    }
  }

  #unwatch(folder: string, watcher: FSWatcher): void {
    watcher.close()
    this.#watchers.delete(folder)
  }

  #notice(event: string): void {
    if (event === 'rename') this.#rescan = true
    this.#woken = true
    this.#wake()
  }

  readonly #onAbort = () => this.#wake()
}

/** The part of a glob before its first wildcard, down to a folder. */
function folderOf(pattern: string): string {
  const parts = pattern.split('/')
  const wild = parts.findIndex((part) => /[*?[\]{}()!]/.test(part))
  const folder = parts.slice(0, wild < 0 ? -1 : wild).join('/')
  return folder === '' ? (pattern.startsWith('/') ? '/' : '.') : folder
}
