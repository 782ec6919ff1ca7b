import { createHash } from 'node:crypto'
import { readSync } from 'node:fs'

/** Bytes at a file's beginning, and before the position, that tell whether it is still the same file. */
export const FINGERPRINT_BYTES_MAX = 1024

/** Which file on which disk, as decimal text, since an inode may pass 2^53. */
export interface FileIdentity {
  readonly device: string
  readonly inode: string
}

/** SHA-256 of the first and of the last consumed bytes of a file. */
export interface Fingerprint {
  readonly headBytes: number
  readonly head: string
  readonly tailBytes: number
  readonly tail: string
}

/** How far a followed file is consumed; JSON-safe. */
export interface FilePosition extends FileIdentity, Fingerprint {
  /** The split that the file is read as: `<path>#<generation>`. */
  readonly split: string
  /** Where the file was seen last, relative to the folder that is followed. */
  readonly path: string
  /** Bytes consumed: all whole lines handed over. */
  readonly offset: number
  /** Lines consumed, blank ones included. */
  readonly lines: number
}

/** What a follower has consumed. Committed together with the data, it makes a restart go on where the data ends. */
export interface FollowPositions {
  readonly files: readonly FilePosition[]
  /** The latest generation of each path, so that no split's name comes twice. */
  readonly generations: Readonly<Record<string, number>>
}

/** The consumed bytes that a fingerprint covers. */
export interface FingerprintBytes {
  readonly head: Buffer
  readonly tail: Buffer
}

export function fingerprint({ head, tail }: FingerprintBytes): Fingerprint {
  return { headBytes: head.length, head: sha256(head), tailBytes: tail.length, tail: sha256(tail) }
}

/** The bytes under a position's fingerprint when the open file still holds them, else undefined. Reads at most 2 KiB. */
export function readFingerprint(fd: number, position: Fingerprint & { readonly offset: number }): FingerprintBytes | undefined {
  const head = readAt(fd, 0, position.headBytes)
  const tail = readAt(fd, position.offset - position.tailBytes, position.tailBytes)
  return sha256(head) === position.head && sha256(tail) === position.tail ? { head, tail } : undefined
}

function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(fd, bytes, 0, length, at))
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
