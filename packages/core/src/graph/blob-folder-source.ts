import { t } from '../contract/field-type.ts'
import { type Duration, durationMs } from '../type/duration.ts'

export interface BlobFolderDeclaration {
  readonly kind: 'blob-folder'
  /** Glob patterns, relative to the project. */
  readonly patterns: readonly string[]
  readonly everyMs: number
}

/** What a manifest of blobs may say of each version of a file. */
export const BLOB_FIELDS = {
  seen_at: t.timestamp({ doc: 'When the version was found, or found to be gone.' }),
  path: t.string({ doc: 'Relative to the project.' }),
  version: t.int32({ min: 1, doc: 'Counts the contents that the path has had, and that it was gone.' }),
  removed: t.boolean(),
  digest: t.string({ nullable: true, doc: 'SHA-256 of the content, hex; null when the file is gone.' }),
  size: t.int64({ nullable: true, min: 0 }),
  media_type: t.string({ nullable: true, doc: 'By the end of the name.' }),
  modified_at: t.timestamp({ nullable: true }),
}

/**
 * A manifest of files whose contents are not records, such as images: one record for each version of each file.
 *
 * @throws `project/bad-duration`
 * @example
 * const Image = contract('image', { eventTime: 'seen_at', key: 'path', fields: BLOB_FIELDS })
 * stream('images', { contract: Image, from: blobFolder('images/*.png', { every: '10s' }), watermark: { delay: '0s' }, late: 'keep' })
 */
export function blobFolder(patterns: string | readonly string[], options: { readonly every?: Duration } = {}): BlobFolderDeclaration {
  return {
    kind: 'blob-folder',
    patterns: typeof patterns === 'string' ? [patterns] : patterns,
    everyMs: durationMs(options.every ?? '10s', 'period of looking at blobs'),
  }
}
