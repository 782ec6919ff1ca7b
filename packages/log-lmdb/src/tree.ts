import { mkdirSync } from 'node:fs'
import { open, type RootDatabase } from 'lmdb'
import { failureOf } from './failure.ts'
import { FreeSpace } from './free-space.ts'
import { WriteSize } from './write-size.ts'

/** Processes and threads that may read at the same time; each holds one slot. */
const READERS_MAX = 500
/** Address space reserved for the file, not disk: the file grows as it is written, and beyond this LMDB maps it anew. */
const MAP_BYTES = 2 ** 38

export interface TreeOptions {
  readonly path: string
  readonly readOnly: boolean
}

export interface Bounds {
  readonly start: Buffer
  readonly end: Buffer
}

export interface TreeStats {
  readonly pageBytes: number
  /** Pages of the file that hold something, and those that the next writes will use again. */
  readonly usedPages: number
  readonly freePages: number
}

/**
 * An ordered tree of bytes in one LMDB environment. Commits are synchronous and on disk before anyone sees them
 * (`overlappingSync` would show them earlier). A read sees what was committed when it began; no read transaction outlives its call,
 * so that no reader keeps freed pages from being used again.
 */
export class Tree {
  readonly path: string
  readonly #database: RootDatabase<Buffer, Buffer>
  readonly #space: FreeSpace
  #size = new WriteSize()
  #writing = false
  #readDepth = 0

  constructor(options: TreeOptions) {
    this.path = options.path
    this.#space = new FreeSpace(options.path)
    this.#database = guarded(options.path, () =>
      open<Buffer, Buffer>({
        path: options.path,
        noSubdir: false,
        readOnly: options.readOnly,
        mapSize: MAP_BYTES,
        maxReaders: READERS_MAX,
        encoding: 'binary',
        keyEncoding: 'binary',
        compression: false,
        overlappingSync: false,
      }),
    )
  }

  get writing(): boolean {
    return this.#writing
  }

  get(key: Buffer): Uint8Array | undefined {
    return this.#reading(() => plain(this.#database.getBinary(key)))
  }

  put(key: Buffer, value: Uint8Array): void {
    this.#size.put(key.length, value.length)
    this.#database.putSync(key, value as Buffer)
  }

  remove(key: Buffer): void {
    this.#size.remove()
    this.#database.removeSync(key)
  }

  /** Keys within the bounds in order, the end not included; with `reverse` from `start` down to `end`. */
  keys(bounds: Bounds, options: { readonly limit: number; readonly reverse?: boolean }): Uint8Array[] {
    return this.#reading(() => [...this.#database.getKeys({ ...bounds, ...options })] as Uint8Array[])
  }

  /** Keys and values within the bounds in order, until `take` says that it has enough. Values are copies. */
  scan(bounds: Bounds, take: (key: Uint8Array, value: Uint8Array) => boolean): void {
    this.#reading(() => {
      for (const { key, value } of this.#database.getRange(bounds)) {
        if (!take(key, plain(value) as Uint8Array)) return
      }
    })
  }

  /** Runs `body` with reads that all see one state. */
  view<T>(body: () => T): T {
    return this.#reading(body)
  }

  /** One write transaction; it is on disk when this returns. A throw leaves nothing behind. */
  write<T>(body: () => T): T {
    return guarded(this.path, () => {
      let result: { readonly value: T } | undefined
      this.#writing = true
      this.#size = new WriteSize()
      try {
        this.#database.transactionSync(() => {
          result = { value: body() }
          this.#secureSpace()
        })
      } finally {
        this.#writing = false
      }
      return (result as { readonly value: T }).value
    })
  }

  /** Frees the slots of readers that died, which would keep pages from being used again. */
  forgetDeadReaders(): void {
    this.#database.readerCheck()
  }

  stats(): TreeStats {
    return this.#reading(() => {
      const stats = this.#pageStats()
      const metaPages = 2
      const usedPages = pagesOf(stats.root) + pagesOf(stats.free) + metaPages
      return { pageBytes: stats.root.pageSize, usedPages, freePages: Math.max(0, stats.lastPageNumber + 1 - usedPages) }
    })
  }

  /** Writes what is committed now, and only that, to another folder, beside whoever writes. */
  async copyTo(path: string): Promise<void> {
    mkdirSync(path, { recursive: true })
    await this.#database.backup(path, true).catch((cause: unknown) => {
      throw failureOf(cause, path)
    })
  }

  async close(): Promise<void> {
    await this.#database.close()
    this.#space.close()
  }

  #secureSpace(): void {
    const size = this.#size
    if (size.isEmpty || this.#space.isPlenty(size.valueBytes)) return
    const { root, free, lastPageNumber } = this.#pageStats()
    const pageBytes = root.pageSize
    const treePages = pagesOf({ ...root, overflowPages: 0 }) + pagesOf(free)
    const pages = size.pagesMax({ pageBytes, treePages, depth: root.treeDepth })
    const { freePages } = this.stats()
    this.#space.secure({
      bytes: pages * pageBytes,
      end: (lastPageNumber + 1) * pageBytes,
      freeBytes: freePages * pageBytes,
      frees: size.frees,
    })
  }

  #pageStats(): EnvironmentStats {
    return this.#database.getStats() as EnvironmentStats
  }

  #reading<T>(body: () => T): T {
    this.#readDepth++
    try {
      return guarded(this.path, body)
    } finally {
      this.#readDepth--
      if (this.#readDepth === 0 && !this.#writing) this.#database.resetReadTxn()
    }
  }
}

interface EnvironmentStats {
  readonly root: PageStats
  readonly free: PageStats
  readonly lastPageNumber: number
}

interface PageStats {
  readonly pageSize: number
  readonly treeDepth: number
  readonly treeBranchPageCount: number
  readonly treeLeafPageCount: number
  readonly overflowPages: number
}

function pagesOf(stats: PageStats): number {
  return stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages
}

/** lmdb-js overrides `length` on the buffers of large values; this view is an ordinary array of the same memory. */
function plain(value: Uint8Array | undefined): Uint8Array | undefined {
  return value === undefined ? undefined : new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

function guarded<T>(path: string, body: () => T): T {
  try {
    return body()
  } catch (cause) {
    throw failureOf(cause, path)
  }
}
