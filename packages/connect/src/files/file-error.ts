import { type MillraceError, operatingError, userError } from '@millrace/core'

/** The system's error code, e.g. `ENOENT`, or ''. */
export function systemCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}

export function missingFile(path: string, cause?: unknown): MillraceError {
  return userError('source/missing-file', `The input \`${path}\` does not exist.`, {
    asked: path,
    found: 'no such file',
    do: 'Give the path of an existing file, or `-` for standard input.',
    cause,
  })
}

export function isFolder(path: string): MillraceError {
  return userError('source/is-a-folder', `The input \`${path}\` is a folder; a file is needed.`, {
    asked: path,
    found: 'a folder',
    do: 'Give the path of one file in it.',
  })
}

export function emptyInput(path: string): MillraceError {
  return userError('source/empty-file', `The input \`${path}\` holds no bytes.`, {
    asked: path,
    found: '0 bytes',
    do: 'Give an input that holds at least one line.',
  })
}

export function truncatedGzip(path: string, bytes: number, cause?: unknown): MillraceError {
  return userError('source/truncated-gzip', `The gzip input \`${path}\` ends in the middle, after ${bytes} uncompressed bytes.`, {
    asked: path,
    found: `a gzip stream cut off after ${bytes} uncompressed bytes`,
    do: 'Copy the file again; what was read so far is kept, and the whole file goes on from there.',
    cause,
  })
}

export function corruptGzip(path: string, bytes: number, cause: unknown): MillraceError {
  const found = cause instanceof Error ? cause.message : String(cause)
  return userError('source/corrupt-gzip', `The gzip input \`${path}\` is damaged after ${bytes} uncompressed bytes: ${found}.`, {
    asked: path,
    found,
    do: 'Copy or compress the file again.',
    cause,
  })
}

export function notGzip(path: string): MillraceError {
  return userError('source/not-gzip', `The input \`${path}\` is named .gz but is not gzip data.`, {
    asked: path,
    found: 'bytes without the gzip mark 1f 8b',
    do: 'Compress the file with gzip, or rename it without `.gz`.',
  })
}

export function shrankFile(path: string, size: number, found: number): MillraceError {
  return operatingError(
    'source/file-shrank',
    `The input \`${path}\` had ${size} bytes when it was opened and ended after ${found} while it was read.`,
    {
      asked: `${size} bytes of ${path}`,
      found: `${found} bytes`,
      do: 'Run again when nothing truncates the file.',
    },
  )
}

/** What the system says when a file cannot be opened or read. */
export function unreadable(path: string, cause: unknown): MillraceError {
  const code = systemCode(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR') return missingFile(path, cause)
  if (code === 'EISDIR') return isFolder(path)
  return userError('source/unreadable', `The input \`${path}\` cannot be read: ${code === '' ? String(cause) : code}.`, {
    asked: path,
    found: code === '' ? String(cause) : code,
    do: 'Let the user who runs this read the file, and see that its disk is well.',
    cause,
  })
}
