import { userError } from '../error/index.ts'
import { type CsvOptions, type FormatName, type RecordFormat, recordFormat } from './record-format.ts'

/** What a compressed file or an archive may come to before it is refused. */
export interface ArchiveLimits {
  /** Files in one archive; 10,000 when left out. */
  readonly membersMax?: number
  /** Uncompressed bytes of one file or archive; 64 GiB when left out. */
  readonly bytesMax?: number
  /** Uncompressed bytes for each compressed one; 250 when left out. The first 64 MiB are free. */
  readonly ratioMax?: number
}

export interface FilesDeclaration {
  readonly kind: 'files'
  /** Glob patterns, relative to the project. */
  readonly patterns: readonly string[]
  readonly format: RecordFormat
  /** Whether `dev` waits for more. */
  readonly follow: boolean
  readonly limits: ArchiveLimits
}

/** Access-log files, followed as they grow. @example logFiles('logs/*.log', { format: 'combined' }) */
export function logFiles(
  patterns: string | readonly string[],
  options: { readonly format: 'combined'; readonly follow?: boolean },
): FilesDeclaration {
  return files(patterns, options)
}

export interface FilesOptions extends CsvOptions {
  readonly format: FormatName
  /** Whether `dev` waits for more; true when left out. */
  readonly follow?: boolean
  readonly limits?: ArchiveLimits
}

/**
 * Files of records. Plain text is followed as it grows; `.gz`, `.zip`, `.tar`, `.tar.gz` and Parquet are read whole, once for each version.
 *
 * @throws `project/unknown-format`, `project/bad-delimiter`, `project/bad-limit`
 * @example
 * files('orders/*.csv', { format: 'csv', delimiter: ';' })
 */
export function files(patterns: string | readonly string[], options: FilesOptions): FilesDeclaration {
  const limits = options.limits ?? {}
  for (const [name, limit] of Object.entries(limits)) checkLimit(`limits.${name}`, limit)
  return {
    kind: 'files',
    patterns: typeof patterns === 'string' ? [patterns] : patterns,
    format: recordFormat(options.format, options),
    follow: options.follow ?? true,
    limits,
  }
}

/** Refuses a limit that is no whole number from 1 with `project/bad-limit`. */
export function checkLimit(name: string, limit: unknown): void {
  if (limit === undefined || (Number.isSafeInteger(limit) && (limit as number) >= 1)) return
  throw userError('project/bad-limit', `\`${name}\` is ${String(limit)}; it must be a whole number from 1.`, {
    asked: name,
    found: limit,
    do: 'Give a whole number from 1, or leave it out.',
  })
}
