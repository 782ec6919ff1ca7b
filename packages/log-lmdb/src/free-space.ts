import { closeSync, fstatSync, openSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** With this much left after a write, the disk is not looked at more closely. */
const PLENTY_BYTES = 256 * 1024 * 1024
/** Tail of the file kept for small writes, so that a log on a full disk can still be trimmed. */
const RESERVE_BYTES = 512 * 1024
/** A write this many times smaller than the free pages of the file is taken to find its place among them. */
const FREE_FACTOR = 4
const ZEROS = new Uint8Array(256 * 1024)

/** What a write may take at most beyond the end of the used part of the file. */
export interface SpaceNeed {
  readonly bytes: number
  /** Where the used part of the file ends, in bytes. */
  readonly end: number
  /** Free pages within the file, in bytes. */
  readonly freeBytes: number
  /** Whether the write may use the reserve: it makes space. */
  readonly frees: boolean
}

/**
 * Makes sure of the disk before LMDB writes: on a nearly full one it lengthens the file with zeros first, under LMDB's write lock and only
 * beyond the file's end. When LMDB itself meets a full disk (lmdb 3.5.6), it prints into a buffer that is too short and damages the heap.
 */
export class FreeSpace {
  readonly #folder: string
  #file: number | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  isPlenty(bytes: number): boolean {
    const { bavail, bsize } = statfsSync(this.#folder)
    return bavail * bsize > PLENTY_BYTES + 2 * bytes
  }

  /**
   * Within a write transaction: makes the file long enough for `need`, or leaves it where the disk is full and free pages abound.
   *
   * @throws ENOSPC of the file system
   */
  secure(need: SpaceNeed): void {
    try {
      this.#lengthen(need)
    } catch (cause) {
      if (need.freeBytes < FREE_FACTOR * need.bytes) throw cause
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #lengthen(need: SpaceNeed): void {
    this.#file ??= openSync(join(this.#folder, 'data.mdb'), 'r+')
    const length = need.end + need.bytes + (need.frees ? 0 : RESERVE_BYTES)
    for (let size = fstatSync(this.#file).size; size < length; ) {
      size += writeSync(this.#file, ZEROS, 0, Math.min(ZEROS.length, length - size), size)
    }
  }
}
