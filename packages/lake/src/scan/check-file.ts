import { stat } from 'node:fs/promises'
import { operatingError } from '@millrace/core'

/** Files looked at together. */
const AT_ONCE_MAX = 64

/**
 * Refuses data files that are gone or are not those that were committed: another file under the same name has other columns or rows, and would
 * be read as nulls, or as rows that nobody wrote.
 * @throws `lake/file-missing`, `lake/file-differs`
 */
export async function checkFiles(files: readonly { readonly path: string; readonly bytes: number }[]): Promise<void> {
  for (let from = 0; from < files.length; from += AT_ONCE_MAX) {
    await Promise.all(files.slice(from, from + AT_ONCE_MAX).map(({ path, bytes }) => checkFile(path, bytes)))
  }
}

async function checkFile(path: string, bytes: number): Promise<void> {
  const size = await stat(path).then(
    (status) => status.size,
    () => undefined,
  )
  if (size === bytes) return
  const facts = {
    asked: `${path} (${bytes} bytes)`,
    do: 'Restore the file from a backup of the lake folder; `millrace doctor` looks at all of them.',
  }
  if (size === undefined) throw operatingError('lake/file-missing', `The data file ${path} is gone.`, { ...facts, found: 'nothing' })
  throw operatingError(
    'lake/file-differs',
    `The data file ${path} is not the one that was committed: it has ${size} bytes, not ${bytes}.`,
    {
      ...facts,
      found: size,
    },
  )
}
