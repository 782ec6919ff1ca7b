import { globSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MillraceError, operatingError } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import { unreadable } from './file-error.ts'
import type { LineBlock } from './line-block.ts'
import type { WholeFile } from './whole-file.ts'

/** Files that are known at a time. */
const FILES_MAX = 10_000
const POLL_MS = 1_000
/** A file that changed less than this ago is still being written. */
const SETTLED_MS = 1_000

/** Records of a whole file, and what is consumed once they are committed. */
export interface WholePart {
  readonly records: { readonly kind: 'block'; readonly block: LineBlock } | { readonly kind: 'decoded'; readonly decoded: DecodedLines }
  readonly bytes: number
  readonly sha256: string
}

/** What of a file is to be read. */
export interface WholeRequest {
  /** Absolute. */
  readonly path: string
  readonly known: WholeFile
}

/**
 * The parts of a file from where it was read to, or from its beginning where it does not begin with what was read; `fresh` says which.
 * The lines of each part are counted by who takes them.
 */
export type WholeReader = (
  request: WholeRequest,
) => Promise<{ readonly fresh: boolean; parts(): AsyncGenerator<WholePart>; close(): Promise<void> }>

export type WholeEvent =
  /** Files that are read from now on, each one's split. */
  | { readonly kind: 'discovered'; readonly files: readonly WholeFile[] }
  /** Another version of a file, which does not begin as the one before: a split of its own. */
  | { readonly kind: 'renewed'; readonly before: WholeFile; readonly file: WholeFile }
  | { readonly kind: 'part'; readonly file: WholeFile; readonly part: WholePart }
  | { readonly kind: 'done'; readonly file: WholeFile }
  | { readonly kind: 'failed'; readonly file: WholeFile; readonly error: MillraceError }
  | { readonly kind: 'problem'; readonly path: string; readonly error: MillraceError }
  /** Files that are gone, and not known any more to make room for others. */
  | { readonly kind: 'forgotten'; readonly files: readonly WholeFile[] }
  /** A look ended, and everything that is there was read. */
  | { readonly kind: 'through' }

export interface WholeFollowerOptions {
  readonly patterns: readonly string[]
  readonly cwd: string
  readonly accepts: (path: string) => boolean
  readonly known: Iterable<WholeFile>
  readonly read: WholeReader
  readonly signal?: AbortSignal
  readonly pollMs?: number
  readonly settledMs?: number
  /** Files that are known at a time; 10,000 when absent. */
  readonly filesMax?: number
}

/** What is new since the last look. */
interface Look {
  readonly files: WholeFile[]
  /** Known files that are not there any more. */
  readonly gone: readonly WholeFile[]
  /** Whether some file is still being written. */
  readonly unsettled: boolean
  /** A file for which there is no room. */
  readonly leftOut: string | undefined
}

/**
 * Follows files that are read whole: each version once, in the order of their names. All that a look finds are discovered before the first
 * of them is read. A file that was cut off goes on from there when a longer one takes its place.
 */
export class WholeFileFollower {
  readonly #options: WholeFollowerOptions
  readonly #known = new Map<string, WholeFile>()
  /** Whether it was said that there are too many files. */
  #toldFull = false

  constructor(options: WholeFollowerOptions) {
    this.#options = options
    for (const file of options.known) this.#known.set(file.path, file)
  }

  async *events(): AsyncGenerator<WholeEvent> {
    const { signal, pollMs = POLL_MS } = this.#options
    while (signal?.aborted !== true) {
      const { files, gone, unsettled, leftOut } = this.#look()
      const forgotten = this.#makeRoom(files, gone)
      if (forgotten.length > 0) yield { kind: 'forgotten', files: forgotten }
      if (files.length > 0) yield { kind: 'discovered', files }
      if (leftOut !== undefined && !this.#toldFull) yield { kind: 'problem', path: leftOut, error: tooManyFiles(leftOut, this.#filesMax) }
      this.#toldFull = leftOut !== undefined
      for (const file of files) yield* this.#read(file)
      if (!unsettled) yield { kind: 'through' }
      await sleep(pollMs, undefined, { signal }).catch(() => {})
    }
  }

  /** What is known of a file after an event, by who took it in: a part's records are counted there. */
  keep(file: WholeFile): void {
    this.#known.set(file.path, file)
  }

  get #filesMax(): number {
    return this.#options.filesMax ?? FILES_MAX
  }

  #look(): Look {
    const { patterns, cwd, accepts, settledMs = SETTLED_MS } = this.#options
    const paths = [...new Set(patterns.flatMap((pattern) => globSync(pattern, { cwd })))].filter(accepts).sort()
    const present = new Set(paths)
    const gone = [...this.#known.values()].filter(({ path }) => !present.has(path))
    let room = this.#filesMax - (this.#known.size - gone.length)
    const files: WholeFile[] = []
    let unsettled = false
    let leftOut: string | undefined
    for (const path of paths) {
      const stat = statSync(resolve(cwd, path), { throwIfNoEntry: false })
      if (stat === undefined || !stat.isFile()) continue
      const version = { size: stat.size, changedAt: stat.mtimeMs }
      const known = this.#known.get(path)
      if (known !== undefined && known.phase !== 'reading' && known.size === version.size && known.changedAt === version.changedAt) continue
      if (Math.abs(Date.now() - stat.mtimeMs) < settledMs) unsettled = true
      else if (known === undefined && room <= 0) leftOut ??= path
      else {
        if (known === undefined) room -= 1
        files.push({ ...(known ?? firstOf(path)), ...version, phase: 'reading' })
      }
    }
    return { files, gone, unsettled, leftOut }
  }

  /** Forgets files that are gone, those that were known first, as far as new ones need their room. */
  #makeRoom(files: readonly WholeFile[], gone: readonly WholeFile[]): readonly WholeFile[] {
    const added = files.filter(({ path }) => !this.#known.has(path)).length
    const forgotten = gone.slice(0, Math.max(0, this.#known.size + added - this.#filesMax))
    for (const { path } of forgotten) this.#known.delete(path)
    return forgotten
  }

  async *#read(found: WholeFile): AsyncGenerator<WholeEvent> {
    const { cwd, read, signal } = this.#options
    let file = found
    try {
      const opened = await read({ path: resolve(cwd, file.path), known: file })
      try {
        if (opened.fresh && (file.bytes > 0 || file.lines > 0)) {
          const before = file
          file = { ...firstOf(file.path), split: nextSplit(file), size: file.size, changedAt: file.changedAt }
          yield { kind: 'renewed', before, file }
        }
        this.#known.set(file.path, file)
        for await (const part of opened.parts()) {
          file = { ...file, bytes: part.bytes, sha256: part.sha256 }
          yield { kind: 'part', file, part }
          file = this.#known.get(file.path) ?? file
          if (signal?.aborted === true) return
        }
      } finally {
        await opened.close()
      }
      file = { ...file, phase: 'done' }
      this.#known.set(file.path, file)
      yield { kind: 'done', file }
    } catch (cause) {
      const error = cause instanceof MillraceError ? cause : unreadable(found.path, cause)
      file = { ...file, phase: 'failed' }
      this.#known.set(file.path, file)
      yield { kind: 'failed', file, error }
    }
  }
}

function firstOf(path: string): WholeFile {
  return { path, split: `${path}#1`, size: 0, changedAt: 0, bytes: 0, sha256: '', lines: 0, phase: 'reading' }
}

function nextSplit({ path, split }: WholeFile): string {
  return `${path}#${Number(split.slice(path.length + 1)) + 1}`
}

function tooManyFiles(path: string, filesMax: number): MillraceError {
  return operatingError('source/too-many-files', `\`${path}\` and others are not read: ${filesMax} files are there already.`, {
    asked: path,
    found: `${filesMax} files`,
    do: 'Use globs that match fewer files.',
  })
}
