import { closeSync, globSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { MillraceError, operatingError } from '@millrace/core'
import { unreadable } from './file-error.ts'
import { FINGERPRINT_BYTES_MAX, type FilePosition, type FingerprintBytes, type FollowPositions } from './file-position.ts'
import { FollowedFile, type NumberedBlock } from './followed-file.ts'
import type { LineBlock } from './line-block.ts'
import type { RecordEnd } from './line-cutter.ts'
import { consumedBytes, holdsConsumed, identityAt, type OpenFile, openFile, sameFile, siblingOf } from './open-file.ts'

const FILES_MAX = 512
const SAVED_MAX = 1024
const FILE_BYTES_MAX = 4_194_304
const STEP_BYTES_MAX = 8_388_608
const DETACHED_IDLE_MS = 5000

/** What following found out, in order. A split speaks between its `discovered` and its `ended`. */
export type FollowEvent =
  /** A split exists from now on: a new file, a new generation of one, or one that goes on (`resumed`). */
  | { readonly kind: 'discovered'; readonly split: string; readonly path: string; readonly resumed: boolean }
  /** Whole lines of a split; `firstLine` is the number of the first, from 1. The bytes are the receiver's. */
  | { readonly kind: 'lines'; readonly split: string; readonly block: LineBlock; readonly firstLine: number }
  /** Everything that the split's file holds was handed over. */
  | { readonly kind: 'caught-up'; readonly split: string }
  /** Nothing more will come: the file was rotated away, began anew, or is gone. */
  | { readonly kind: 'ended'; readonly split: string }
  /** A file cannot be followed, or part of one not any more; said once until it changes. */
  | { readonly kind: 'problem'; readonly path: string; readonly error: MillraceError }

export interface FileFollowerOptions {
  /** Globs of log files, relative to `cwd`. They should not match copies of a log, such as those of copy-truncate. */
  readonly patterns: readonly string[]
  readonly cwd: string
  /** What an earlier follower had consumed. */
  readonly from?: FollowPositions
  /** How long a file that lost its name is kept open after its last growth, in ms; 5,000 when absent. */
  readonly detachedIdleMs?: number
  /** How records are told apart where they are not lines. */
  readonly recordEnd?: RecordEnd
  /** Files that are left out, by their paths. */
  readonly excludes?: (path: string) => boolean
}

/** A followed file with what the follower knows about it. */
interface Followed {
  readonly file: FollowedFile
  caughtUp: boolean
  /** When it was found to have lost its name, or grew last after that; undefined while a path leads to it. */
  detachedAt: number | undefined
  /** The file that had the path before: it is read to its end first. */
  predecessor: Followed | undefined
}

/**
 * Follows the files that match some globs. Each step looks at the disk once and is synchronous; the caller decides when.
 *
 * A file is known by device and inode and by a fingerprint of its consumed bytes, never by its name alone. A renamed file
 * is read on as its split, and the file that takes its name is the next generation. A file that shrinks, or whose consumed
 * end reads otherwise, begins anew as the next generation. Another file in its place that begins with the consumed bytes
 * (an editor's replace) goes on in the same split.
 */
export class FileFollower {
  readonly #options: FileFollowerOptions
  readonly #generations: Map<string, number>
  /** Positions whose file is not open. */
  #saved: FilePosition[]
  #followed: Followed[] = []
  readonly #byPath = new Map<string, Followed>()
  readonly #previousAt = new Map<string, Followed>()
  readonly #problems = new Map<string, string>()
  #events: FollowEvent[] = []
  #started = false
  #turn = 0

  constructor(options: FileFollowerOptions) {
    this.#options = options
    this.#saved = [...(options.from?.files ?? [])]
    this.#generations = new Map(Object.entries(options.from?.generations ?? {}))
  }

  /** Folders that hold followed files. */
  get folders(): string[] {
    return [...new Set([...this.#byPath.keys()].map((path) => dirname(this.#absolute(path))))]
  }

  /** What is consumed once all events so far are. */
  positions(): FollowPositions {
    const files = [...this.#followed.map((followed) => followed.file.position), ...this.#saved]
    return { files, generations: Object.fromEntries(this.#generations) }
  }

  /**
   * Looks once at the followed files, and with `rescan` at the globs too; reads at most 8 MiB. `more`: there is more to read.
   * The first step's `discovered` events stand before all lines: they are the initial splits.
   */
  step(rescan: boolean, now = Date.now()): { events: FollowEvent[]; more: boolean } {
    this.#events = []
    const moved = this.#checkPaths(now)
    if (rescan || moved || !this.#started) this.#scan(now)
    this.#started = true
    const more = this.#readAll(now)
    this.#endDetached(now)
    return { events: this.#events, more }
  }

  close(): void {
    for (const followed of this.#followed) followed.file.close()
    this.#saved = [...this.positions().files]
    this.#followed = []
    this.#byPath.clear()
  }

  /** A file whose path leads elsewhere, or nowhere, is detached. */
  #checkPaths(now: number): boolean {
    let moved = false
    for (const [path, followed] of this.#byPath) {
      const identity = identityAt(this.#absolute(path))
      if (identity !== undefined && sameFile(identity, followed.file.identity)) continue
      this.#byPath.delete(path)
      this.#previousAt.set(path, followed)
      followed.detachedAt = now
      moved = true
    }
    for (const followed of this.#byPath.values()) followed.detachedAt = undefined
    return moved
  }

  #scan(now: number): void {
    const { patterns, cwd, excludes = () => false } = this.#options
    const paths = [...new Set(patterns.flatMap((pattern) => globSync(pattern, { cwd })))].filter((path) => !excludes(path)).sort()
    if (!this.#started) this.#findRotated(paths, now)
    if (this.#problems.size > FILES_MAX) this.#problems.clear()
    for (const path of paths) if (!this.#byPath.has(path)) this.#attempt(path, () => this.#discover(path))
  }

  /** After a restart: a file whose name now leads elsewhere is looked for beside it, to read its rest. */
  #findRotated(paths: readonly string[], now: number): void {
    const here = paths.map((path) => identityAt(this.#absolute(path)))
    for (const position of [...this.#saved]) {
      const path = this.#absolute(position.path)
      const matched = here.some((identity) => identity !== undefined && sameFile(identity, position))
      const sibling = matched ? undefined : siblingOf(position, dirname(path))
      if (sibling === undefined) {
        if (!matched) this.#forgetSuperseded(position)
        continue
      }
      this.#attempt(position.path, () => {
        const isBackup = position.offset >= FINGERPRINT_BYTES_MAX && holdsConsumed(path, position)
        if (!isBackup) this.#resumeRotated(openFile(sibling), position, now)
      })
    }
  }

  /** A rotated file that is gone, while the file that took its name is known. */
  #forgetSuperseded(position: FilePosition): void {
    if (this.#saved.findLast((saved) => saved.path === position.path) === position) return
    this.#saved = this.#saved.filter((saved) => saved !== position)
    this.#events.push({ kind: 'problem', path: position.path, error: lostRest(position) })
  }

  #resumeRotated(opened: OpenFile, position: FilePosition, now: number): void {
    const bytes = consumedBytes(opened, position)
    if (bytes === undefined) {
      closeSync(opened.fd)
      return
    }
    const followed = this.#follow(position.path, opened, { position, bytes })
    followed.detachedAt = now
    this.#previousAt.set(position.path, followed)
  }

  #discover(path: string): void {
    const opened = openFile(this.#absolute(path))
    const known = this.#followed.find(({ file }) => sameFile(file.identity, opened.identity))
    let followed = known
    try {
      if (followed === undefined && this.#followed.length >= FILES_MAX) throw tooManyFiles(path)
      followed ??= this.#follow(path, opened, this.#resumption(path, opened))
    } finally {
      if (followed === undefined || followed === known) closeSync(opened.fd)
    }
    this.#attach(path, followed)
  }

  #attach(path: string, followed: Followed): void {
    this.#byPath.set(path, followed)
    followed.detachedAt = undefined
    if (followed.file.path !== path) followed.file.moveTo(path)
  }

  /** What was consumed of this very file, or of the file in whose place it stands when it begins with the same bytes. */
  #resumption(path: string, opened: OpenFile): { position: FilePosition; bytes: FingerprintBytes } | undefined {
    const position = this.#saved.find((saved) => sameFile(saved, opened.identity)) ?? this.#replacedAt(path)
    if (position === undefined) return undefined
    const bytes = consumedBytes(opened, position)
    const replaced = this.#previousAt.get(path)
    if (bytes !== undefined) {
      if (replaced?.file.split === position.split) this.#release(replaced)
      return { position, bytes }
    }
    if (!this.#saved.includes(position)) return undefined
    this.#saved = this.#saved.filter((saved) => saved !== position)
    if (!sameFile(position, opened.identity)) this.#events.push({ kind: 'problem', path, error: lostRest(position) })
    return undefined
  }

  /** The position of the file that was at this path and may have been replaced: it has no name left, or its prefix is long enough to be no chance. */
  #replacedAt(path: string): FilePosition | undefined {
    const previous = this.#previousAt.get(path)
    if (previous === undefined) return this.#saved.find((saved) => saved.path === path)
    if (!this.#followed.includes(previous)) return undefined
    const position = previous.file.position
    return previous.file.unlinked || position.offset >= FINGERPRINT_BYTES_MAX ? position : undefined
  }

  #follow(path: string, opened: OpenFile, resumed?: { position: FilePosition; bytes: FingerprintBytes }): Followed {
    const split = resumed?.position.split ?? this.#nextSplit(path)
    const file = new FollowedFile({ split, path, identity: opened.identity, fd: opened.fd, recordEnd: this.#options.recordEnd }, resumed)
    this.#saved = this.#saved.filter((saved) => saved !== resumed?.position)
    const predecessor = this.#previousAt.get(path)
    const followed: Followed = { file, caughtUp: false, detachedAt: undefined, predecessor }
    this.#followed.push(followed)
    this.#events.push({ kind: 'discovered', split, path, resumed: resumed !== undefined })
    return followed
  }

  #nextSplit(path: string): string {
    const generation = (this.#generations.get(path) ?? 0) + 1
    this.#generations.set(path, generation)
    return `${path}#${generation}`
  }

  /** Files without a name first, then the others, beginning with another one each time. */
  #readAll(now: number): boolean {
    this.#turn += 1
    const named = this.#followed.filter((followed) => followed.detachedAt === undefined)
    const first = named.length === 0 ? 0 : this.#turn % named.length
    const order = [
      ...this.#followed.filter((followed) => followed.detachedAt !== undefined),
      ...named.slice(first),
      ...named.slice(0, first),
    ]
    let budget = STEP_BYTES_MAX
    for (const followed of order) {
      if (followed.predecessor !== undefined && !this.#followed.includes(followed.predecessor)) followed.predecessor = undefined
      if (followed.predecessor?.caughtUp === false) continue
      if (budget > 0) budget -= this.#readOne(followed, Math.min(budget, FILE_BYTES_MAX), now)
      else followed.caughtUp = false
    }
    return this.#followed.some((followed) => !followed.caughtUp)
  }

  #readOne(followed: Followed, bytesMax: number, now: number): number {
    const { file } = followed
    const was = followed.caughtUp
    const events = this.#events.length
    let bytes = 0
    followed.caughtUp = true
    this.#attempt(
      file.path,
      () => {
        let read = file.read(bytesMax)
        if (read.outcome === 'rewritten') {
          this.#restart(file)
          read = file.read(bytesMax)
        }
        bytes = read.bytes
        followed.caughtUp = read.outcome === 'caught-up'
        this.#lines(file, read.blocks)
      },
      file.split,
    )
    if (followed.caughtUp && (!was || this.#events.length > events)) this.#events.push({ kind: 'caught-up', split: file.split })
    if (bytes > 0 && followed.detachedAt !== undefined) followed.detachedAt = now
    return bytes
  }

  #lines(file: FollowedFile, blocks: readonly NumberedBlock[]): void {
    for (const { block, firstLine } of blocks) this.#events.push({ kind: 'lines', split: file.split, block, firstLine })
  }

  #restart(file: FollowedFile): void {
    this.#finish(file)
    file.restart(this.#nextSplit(file.path))
    this.#events.push({ kind: 'discovered', split: file.split, path: file.path, resumed: false })
  }

  /** Hands over a last line without newline, and ends the split. */
  #finish(file: FollowedFile): void {
    const tail = file.finish()
    if (tail !== undefined) this.#lines(file, [tail])
    this.#events.push({ kind: 'ended', split: file.split })
  }

  #endDetached(now: number): void {
    const idle = this.#options.detachedIdleMs ?? DETACHED_IDLE_MS
    for (const followed of [...this.#followed]) {
      if (followed.detachedAt === undefined || !followed.caughtUp || now - followed.detachedAt < idle) continue
      this.#finish(followed.file)
      const { position } = followed.file
      this.#release(followed)
      if (!this.#byPath.has(position.path)) this.#saved = [...this.#saved, position].slice(-SAVED_MAX)
    }
  }

  #release(followed: Followed): void {
    followed.file.close()
    this.#followed = this.#followed.filter((other) => other !== followed)
    for (const [path, previous] of this.#previousAt) if (previous === followed) this.#previousAt.delete(path)
  }

  /** Runs `look`; its failure becomes a problem event. Problems of finding and of reading a file are told apart by `subject`. */
  #attempt(path: string, look: () => void, subject = path): void {
    try {
      look()
      this.#problems.delete(subject)
    } catch (cause) {
      this.#problem(path, cause instanceof MillraceError ? cause : unreadable(path, cause), subject)
    }
  }

  #problem(path: string, error: MillraceError, subject: string): void {
    if (this.#problems.get(subject) === error.code) return
    this.#problems.set(subject, error.code)
    this.#events.push({ kind: 'problem', path, error })
  }

  #absolute(path: string): string {
    return resolve(this.#options.cwd, path)
  }
}

function tooManyFiles(path: string): MillraceError {
  return operatingError('source/too-many-files', `\`${path}\` is not followed: ${FILES_MAX} files are followed already.`, {
    asked: path,
    found: `${FILES_MAX} files`,
    do: 'Use globs that match fewer files.',
  })
}

function lostRest(position: FilePosition): MillraceError {
  const { path, offset } = position
  return operatingError(
    'source/rest-lost',
    `\`${path}\` was followed up to byte ${offset}, and that file is gone: what was written to it after that is not read.`,
    {
      asked: `${path} from byte ${offset} on`,
      found: 'another file under that name',
      do: 'Ingest the rest from the rotated file, if there is one.',
    },
  )
}
