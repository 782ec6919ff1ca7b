import { type MillraceError, userError } from '@millrace/core'

export function corruptArchive(path: string, found: string, cause?: unknown): MillraceError {
  return userError('source/corrupt-archive', `The archive \`${path}\` is damaged or cut off: ${found}.`, {
    asked: path,
    found,
    do: 'Copy the file again; what was read so far is kept, and the whole file goes on from there.',
    cause,
  })
}

export function notZip(path: string): MillraceError {
  return userError('source/not-zip', `The input \`${path}\` is named .zip but is no zip archive.`, {
    asked: path,
    found: 'bytes without the mark PK',
    do: 'Pack the file again, or rename it.',
  })
}

export function zipFromPipe(path: string): MillraceError {
  return userError('source/zip-from-pipe', 'A zip archive cannot be read from a pipe: its directory stands at the end.', {
    asked: path,
    found: 'a zip archive',
    do: 'Give the file itself.',
  })
}

export function nestedArchive(path: string, member: string): MillraceError {
  return userError('source/nested-archive', `\`${member}\` in \`${path}\` is compressed once more.`, {
    asked: `${path}: ${member}`,
    found: 'gzip or zip data within an archive',
    do: 'Unpack the archive and name the files in it.',
  })
}

export function encryptedMember(path: string, member: string): MillraceError {
  return userError('source/encrypted-member', `\`${member}\` in \`${path}\` is encrypted.`, {
    asked: `${path}: ${member}`,
    found: 'an encrypted file',
    do: 'Pack it without a password.',
  })
}
