import type { ArchiveLimits, MillraceError } from '@millrace/core'
import { digestPrefixes, openBoundedInput } from './bounded-input.ts'
import type { RecordEnd } from './line-cutter.ts'
import type { WholePart, WholeReader } from './whole-file-follower.ts'

/** Reads plain and compressed text and archives of it. An empty file has no parts. */
export function wholeTextReader(options: { readonly limits?: ArchiveLimits; readonly recordEnd?: RecordEnd }): WholeReader {
  return async ({ path, known }) => {
    const [after] = known.bytes === 0 ? [] : await digestPrefixes(path, [known.bytes])
    const resumes = after !== undefined && after.sha256 === known.sha256
    const input = await openBoundedInput({ path, ...options, ...(resumes ? { after } : {}) })
    const parts = async function* (): AsyncGenerator<WholePart> {
      try {
        for await (const block of input.blocks()) yield { records: { kind: 'block', block }, bytes: block.end, sha256: input.sha256() }
      } catch (error) {
        if ((error as MillraceError).code !== 'source/empty-file') throw error
      }
    }
    return { fresh: !resumes, parts, close: () => input.close() }
  }
}
