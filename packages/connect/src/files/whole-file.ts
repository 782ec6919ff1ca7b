/** How far a file is read that is read whole; JSON-safe. */
export interface WholeFile {
  /** Relative to the folder that is followed. */
  readonly path: string
  /** `<path>#<generation>` */
  readonly split: string
  /** Bytes on disk and time of change, epoch ms, of the version that is read. */
  readonly size: number
  readonly changedAt: number
  /** What is consumed: uncompressed bytes, or all of the file's where its records are no bytes; and their SHA-256. */
  readonly bytes: number
  readonly sha256: string
  /** Records consumed. */
  readonly lines: number
  /** `done`: to its end. `failed`: up to where it could be read. Both wait until the file changes. */
  readonly phase: 'reading' | 'done' | 'failed'
  /** What the decoder keeps for what may follow. */
  readonly decoder?: unknown
}

const WHOLE = /\.(?:gz|tgz|zip|tar)$/

/** Whether a file of text is read whole, by its name: compressed files and archives do not grow line by line. */
export function isReadWhole(path: string): boolean {
  return WHOLE.test(path)
}
