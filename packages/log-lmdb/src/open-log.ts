import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type EventLog, operatingError } from '@millrace/core'
import { LmdbLog } from './lmdb-log.ts'
import type { LogStats } from './log-stats.ts'
import { Tree } from './tree.ts'

export interface OpenLogOptions {
  /** Folder of the log; made when missing, unless `readOnly`. */
  readonly path: string
  /** Refuses every write; for looking at a log beside its writer. Default false. */
  readonly readOnly?: boolean
}

/** An `EventLog` that also tells where its bytes are. */
export interface EmbeddedLog extends EventLog {
  stats(): LogStats
  /** Writes a log of what is committed at one moment into an empty or new folder, beside whoever writes. */
  copyTo(path: string): Promise<void>
}

/**
 * Opens the embedded event log in a folder. Any number of processes, and threads of one process, may have it open at the same time;
 * write transactions follow one another, across all of them.
 *
 * @throws MillraceError `log/not-found` with `readOnly` where there is no log, `log/newer-format`, `log/no-access`, `log/disk-full`
 * @example
 * const log = openLog({ path: '.millrace/log/dev' })
 * await log.openTopic('requests', { partitions: 4 })
 */
export function openLog(options: OpenLogOptions): EmbeddedLog {
  const { path, readOnly = false } = options
  if (readOnly && !existsSync(join(path, 'data.mdb'))) {
    throw operatingError('log/not-found', `There is no log in ${path}.`, { asked: path, do: 'Check the state folder and the environment.' })
  }
  return new LmdbLog(new Tree({ path, readOnly }), { readOnly })
}
